// A program that attaches and detaches pods in the net namespace and with the iptables that it is started in:
//   node nat-rounds.js '<JSON list of Case>'
// It prints JSON: of each case the list of what it saw, one a round.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { attach, detach, NativePlugins, NetworkList, type PortMapping } from '../src/index.js';
import type { PluginConf } from '../src/list/plugin-conf.js';
import { spawnPlugin } from '../src/plugin/spawn-plugin.js';

export type How = 'native' | 'program';

export interface Case {
  /** Without dataDir, which each round has a new one of. */
  plugins: PluginConf[];
  ports: PortMapping[];
  /** Who carries out ADD and DEL of each round; with `unpin` the namespace goes ahead of DEL. */
  rounds: [How, How, 'unpin'?][];
  /** A command ahead of the first round. */
  before?: string[];
}

export interface Round {
  /** Programs that were started. */
  programs: string[];
  /** The nat tables of both families, and the sysctl route_localnet of the bridge. */
  attached: string;
  detached: string;
  result: string;
  /** Reasons why a program ran after the native plugin had failed. */
  unexpected: string[];
}

const run = promisify(execFile);

/** Chains in order of their names, with their rules in their own order; without counters and times. */
async function tables(bridge: string): Promise<string> {
  const out: string[] = [];
  for (const tool of ['iptables-save', 'ip6tables-save']) {
    const lines = (await run(tool, ['-t', 'nat'])).stdout.split('\n').filter((line) => /^[:-]/.test(line));
    const key = (line: string): string => /^(?::|-A )(\S+)/.exec(line)?.[1] ?? '';
    const order = lines.map((line, index) => ({ line: line.replace(/\[\d+:\d+\]/, ''), index }));
    order.sort((a, b) => (key(a.line) < key(b.line) ? -1 : key(a.line) > key(b.line) ? 1 : a.index - b.index));
    out.push(tool, ...order.map(({ line }) => line));
  }
  const sysctl = await run('cat', [`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`]);
  return [...out, `route_localnet ${sysctl.stdout}`].join('\n');
}

async function round(wanted: Case, [adder, deleter, unpin]: Case['rounds'][number], name: string): Promise<Round> {
  const unexpected: string[] = [];
  const native = new NativePlugins((reason) => unexpected.push(reason));
  const programs: string[] = [];
  const runner: typeof spawnPlugin = (request) => {
    programs.push(`${request.env.CNI_COMMAND} ${request.path.replace(/.*\//, '')}`);
    return spawnPlugin(request);
  };
  const by = (how: How) => (how === 'native' ? { run: runner, native } : { run: runner });
  const dir = await mkdtemp(join(tmpdir(), 'slipway-test-nat-'));
  const plugins = wanted.plugins.map((plugin) => {
    return plugin.ipam ? { ...plugin, ipam: { ...plugin.ipam, dataDir: join(dir, 'leases') } } : plugin;
  });
  const list = new NetworkList({ name: 'interop', cniVersion: '1.0.0', plugins }, ['/usr/lib/cni']);
  const cacheDir = join(dir, 'cache');
  const bridge = plugins[0]?.bridge as string;
  await run('ip', ['netns', 'add', name]);
  try {
    const pod = { containerId: 'pod', netns: `/run/netns/${name}`, cacheDir, portMappings: wanted.ports };
    const { ips } = await attach(list, { ...pod, ...by(adder) });
    const attached = await tables(bridge);
    if (unpin) await run('umount', [`/run/netns/${name}`]);
    await detach(cacheDir, 'pod', by(deleter));
    return { programs, attached, detached: await tables(bridge), result: JSON.stringify(ips), unexpected };
  } finally {
    await native.close();
    await run('ip', ['netns', 'delete', name]).catch(() => undefined);
    await rm(dir, { recursive: true, force: true });
  }
}

const cases = JSON.parse(process.argv[2] ?? '') as Case[];
await run('ip', ['link', 'set', 'lo', 'up']);
const seen: Round[][] = [];
for (const [at, one] of cases.entries()) {
  const [file, ...args] = one.before ?? [];
  if (file !== undefined) await run(file, args);
  const rounds: Round[] = [];
  for (const [index, how] of one.rounds.entries()) {
    rounds.push(await round(one, how, `slipway-test-nat-${process.pid}-${at}-${index}`));
  }
  seen.push(rounds);
}
process.stdout.write(JSON.stringify(seen));
