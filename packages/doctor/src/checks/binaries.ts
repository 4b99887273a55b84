import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ScratchState } from '@slipway/runtime-kinds';
import type { Node } from '../node.js';
import type { Findings } from '../finding.js';
import type { Root } from '../root.js';

const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

interface Program {
  readonly names: readonly string[];
  readonly why: string;
  readonly debian: string;
  readonly level: 'note' | 'problem';
  readonly wanted?: (node: Node) => boolean;
}

const programs: readonly Program[] = [
  { names: ['crun', 'runc'], level: 'problem', why: 'pods without a runtime class run on it', debian: 'crun' },
  {
    names: ['conmon'],
    level: 'problem',
    why: "it keeps a container's logs, terminal and exit code while Slipway restarts",
    debian: 'conmon',
  },
  {
    names: ['catatonit'],
    level: 'problem',
    why: 'it is the infra container of pods that need one',
    debian: 'catatonit',
  },
  {
    names: ['nats-server'],
    level: 'problem',
    why: 'slipway up starts a private NATS, as nats.url is not set',
    debian: 'nats-server',
    wanted: ({ settings }) => settings.privateNats,
  },
  {
    names: ['redis-server', 'valkey-server'],
    level: 'problem',
    why: 'slipway up starts a private Redis, as redis.url is not set',
    debian: 'redis-server',
    wanted: ({ settings }) => settings.privateRedis,
  },
  {
    names: ['iptables', 'nft'],
    level: 'problem',
    why: 'the portmap plugin and masquerading call it',
    debian: 'iptables',
  },
  {
    names: ['runsc'],
    level: 'note',
    why: 'a RuntimeClass with the handler runsc (gVisor) is refused',
    debian: 'runsc',
  },
  { names: ['node'], level: 'problem', why: "Slipway's stages run on it, from release 20 on", debian: 'nodejs' },
];

/** The programs that Slipway starts, with their versions on a live host. */
export function checkBinaries(node: Node, findings: Findings): void {
  const { root } = node;
  if (!directories.some((directory) => root.exists(directory))) {
    findings.note('binaries were not looked at: the tree has no /usr/bin', 'only a whole root has them');
    return;
  }
  for (const { names, why, debian, level, wanted } of programs) {
    if (wanted && !wanted(node)) continue;
    const found = names.flatMap((name) => pathOf(root, name) ?? []);
    if (found.length === 0) {
      findings[level](`no ${names.join(' or ')}`, why, `install Debian's ${debian}, or the same of your distribution`);
      continue;
    }
    findings.ok(found.map((path) => `${path}${root.live ? version(path) : ''}`).join(', '));
  }
}

function pathOf(root: Root, name: string): string | undefined {
  // The Node that runs this counts, wherever it was unpacked.
  if (root.live && name === 'node') return process.execPath;
  const path = root.live ? [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...directories] : directories;
  return path.map((directory) => join(directory, name)).find((file) => root.isExecutable(file));
}

/** runsc's release, or the first number with dots of `--version`; each of these programs has it, and ends within 3 seconds. */
function version(path: string): string {
  try {
    using scratch = new ScratchState();
    const out = execFileSync(path, ['--version'], {
      encoding: 'utf8',
      env: scratch.env,
      timeout: 30_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const number = /release-\S+/.exec(out)?.[0] ?? /\d+\.\d+(?:\.\d+)?/.exec(out)?.[0];
    return number === undefined ? '' : ` ${number}`;
  } catch {
    return ' (does not tell its version)';
  }
}
