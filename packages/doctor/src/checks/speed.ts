import type { Node } from '../node.js';
import type { Findings } from '../finding.js';

/** A container is created and started by some ten programs, one after the other. */
const slowMs = 200;

/** Whether programs are started in the time that probes and trials of handlers count on. */
export function checkSpeed({ root, probes }: Node, findings: Findings): void {
  if (!root.live || probes.startMs === undefined) {
    findings.note('no program was started to see how long it takes', 'only a live host can do it');
    return;
  }
  const took = Math.round(probes.startMs());
  if (took < slowMs) findings.ok(`a program starts in ${took} ms`);
  else
    findings.warning(
      `a program starts in ${took} ms`,
      'exec probes with the default timeoutSeconds of 1 fail, and handlers are ready late: their trials are repeated with more time',
      'look for what takes the processors or the disk, raise timeoutSeconds of probes, and runtime.trialMs',
    );
}
