import type { Node } from '../node.js';
import type { Findings } from '../finding.js';

/** Limits of processes that Slipway's own would inherit: containers inherit theirs in turn. */
export function checkLimits({ root, kubelet }: Node, findings: Findings): void {
  const limits = root.live ? root.text('/proc/self/limits') : undefined;
  if (limits === undefined) {
    findings.note('limits of processes were not looked at', 'only a live host has them');
  } else {
    const limit = (name: string): number => {
      const words = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(limits);
      return words?.[2] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(words?.[2] ?? 0);
    };
    const files = limit('Max open files');
    if (files < 65_536) {
      findings.warning(
        `at most ${files} open files`,
        'what starts Slipway from here hands this limit on to it and to its containers',
        "set LimitNOFILE=1048576 in Slipway's unit",
      );
    } else {
      findings.ok(`open files: ${files}`);
    }
    const tasks = limit('Max processes');
    if (tasks < 16_384)
      findings.warning(`at most ${tasks} processes`, 'pods share it', "set LimitNPROC=infinity in Slipway's unit");
  }
  const maxPods = Number(kubelet.config?.['maxPods'] ?? kubelet.flags.get('max-pods')?.value ?? 110);
  if (maxPods > 250) {
    findings.warning(
      `the kubelet takes up to ${maxPods} pods`,
      'Slipway was measured with fewer',
      'try it with a load test: docs/load-tests.md',
    );
  }
}
