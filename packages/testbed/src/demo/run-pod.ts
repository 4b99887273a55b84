import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CriClient, kubeletNamespaces } from '../cri-client.js';
import { done, line } from './screen.js';

export interface PodOptions {
  cri: CriClient;
  /** Empty for the default. */
  handler: string;
  image: string;
  /** Where the kubelet would have the pod's logs. */
  logDirectory: string;
}

/** Prints immediately, then waits for SIGTERM. */
const script = `
echo "hello from $(hostname), process $$ of user $(id -u)"
echo "and this is standard error" >&2
trap 'echo "stopping"; exit 0' TERM
sleep 3600 & wait
`;

/** The life of one pod with one container, call by call as a kubelet makes them. */
export async function runPod({ cri, handler, image, logDirectory }: PodOptions): Promise<void> {
  const name = handler === '' ? 'default' : handler;
  const config = {
    metadata: { name: `demo-${name}`, namespace: 'default', uid: randomUUID(), attempt: 0 },
    hostname: `demo-${name}`,
    logDirectory,
    labels: { demo: 'slipway' },
    linux: { securityContext: { namespaceOptions: kubeletNamespaces } },
  };
  const timed = async <T>(what: string, work: Promise<T>, detail: (result: T) => string = () => ''): Promise<T> => {
    const started = performance.now();
    const result = await work;
    done(what, [`${(performance.now() - started).toFixed(1)} ms`, detail(result)].filter(Boolean).join('  '));
    return result;
  };

  const short = (id: string): string => id.slice(0, 12);
  const run = cri.runPodSandbox({ config, runtimeHandler: handler });
  const { podSandboxId } = await timed('RunPodSandbox', run, (answer) => `sandbox ${short(answer.podSandboxId)}`);
  try {
    const { status } = await cri.podSandboxStatus({ podSandboxId });
    const create = cri.createContainer({
      podSandboxId,
      sandboxConfig: config,
      config: {
        metadata: { name: 'hello', attempt: 0 },
        image: { image },
        command: ['/bin/sh', '-c', script],
        logPath: 'hello.log',
        linux: { securityContext: { namespaceOptions: kubeletNamespaces } },
      },
    });
    const { containerId } = await timed(
      'CreateContainer',
      create,
      (answer) => `container ${short(answer.containerId)}`,
    );
    await timed(
      'StartContainer',
      cri.startContainer({ containerId }),
      () => `pod address ${status?.network?.ip ?? '-'}`,
    );
    const log = join(logDirectory, 'hello.log');
    for (const text of await logLines(log, 2)) line(`  │ ${text}`);
    const command = ['/bin/sh', '-c', 'uname -sr; dmesg 2>/dev/null | grep -m1 gVisor || true'];
    const exec = await timed(
      'ExecSync',
      cri.execSync({ containerId, cmd: command, timeout: 10n }),
      (answer) => `exit code ${answer.exitCode}`,
    );
    for (const text of Buffer.from(exec.stdout).toString().trimEnd().split('\n')) line(`  │ ${text}`);
    if (exec.exitCode !== 0) throw new Error(`ExecSync answered exit code ${exec.exitCode}`);
    await timed('StopContainer', cri.stopContainer({ containerId, timeout: 10n }));
    const ended = await cri.containerStatus({ containerId });
    line(`  │ exit code ${ended.status?.exitCode}, ${ended.status?.reason}`);
    await timed('RemoveContainer', cri.removeContainer({ containerId }));
    await timed('StopPodSandbox', cri.stopPodSandbox({ podSandboxId }));
  } finally {
    await timed('RemovePodSandbox', cri.removePodSandbox({ podSandboxId }));
  }
}

/** The texts of a CRI log (`time stream P|F text`), when it has at least `count` lines; 10 seconds at most. */
async function logLines(file: string, count: number): Promise<string[]> {
  let lines: string[] = [];
  for (let waited = 0; waited < 10_000; waited += 20) {
    lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    if (lines.length >= count) {
      return lines.map((text) => {
        const [, stream, , ...words] = text.split(' ');
        return `${stream}: ${words.join(' ')}`;
      });
    }
    await sleep(20);
  }
  throw new Error(`the container's log has ${lines.length} lines after 10 s, not ${count}`);
}
