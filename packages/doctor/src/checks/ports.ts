import type { Node } from '../node.js';
import type { Findings } from '../finding.js';
import type { Root } from '../root.js';

/** Ports and sockets that Slipway will want. */
export function checkPorts({ root, settings }: Node, findings: Findings): void {
  if (!root.exists('/proc/net/tcp')) {
    findings.note('ports were not looked at: the tree has no /proc/net/tcp', 'only a live host has them');
  } else {
    const taken = listening(root);
    const wanted: readonly [port: number, setting: string][] = [
      [settings.httpPort, 'http.port'],
      [settings.streamingPort, 'streaming.port'],
    ];
    for (const [port, setting] of wanted) {
      if (port === 0) continue;
      if (taken.has(port))
        findings.warning(
          `port ${port} is in use`,
          `${setting} asks for it; if Slipway itself does not run, another program has it`,
          `choose another ${setting}`,
        );
      else findings.ok(`port ${port} of ${setting} is free`);
    }
    if (wanted.every(([port]) => port === 0))
      findings.ok('Slipway takes any free ports: http.port and streaming.port are 0');
    if (!taken.has(10_250)) findings.note('nothing listens on 10250', 'no kubelet serves its API there');
    if (taken.has(2375)) {
      findings.warning(
        "Docker's API listens on 2375",
        'whoever reaches it without TLS is root on this node, and programs that use it will find nothing after the move',
        'find out who uses it, then close it',
      );
    }
  }
  for (const socket of ['/var/run/nri/nri.sock', `${settings.stateDirectory}/slipway.sock`]) {
    const path = socket.replace(/^\/var\/run\//, '/run/');
    if (root.isSocket(path)) {
      findings.note(
        `${socket} is there`,
        'containerd, CRI-O or a Slipway that runs has it; one program alone can',
        'stop the other runtime before Slipway starts, or set nri.socket or gateway.socket',
      );
    }
  }
}

/** The ports on which somebody listens (state 0A of proc_pid_net(5)), IPv4 and IPv6. */
export function listening(root: Root): Set<number> {
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => (root.text(file) ?? '').split('\n').slice(1));
  const ports = lines.flatMap((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    return state === '0A' ? [Number.parseInt(local?.split(':').at(-1) ?? '', 16)] : [];
  });
  return new Set(ports.filter(Number.isInteger));
}
