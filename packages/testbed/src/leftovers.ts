import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bridgePorts, cgroupDirectories, commandsIn, iptablesRules, mountsBelow, processesNaming } from './machine.js';
import type { TestNode } from './node.js';
import type { Place } from './place.js';
import { rulesOf } from './teardown.js';

/** Objects of no pod that stay while a node runs. */
const servers = /^(node|\S*\/node|nats-server|redis-server|valkey-server|sh|\/bin\/sh|docker-registry|journalctl)\b/;

/**
 * Leftovers of pods on a running node, one line each; empty when everything went
 * with them: mounts, processes, cgroups, interfaces, address leases, firewall rules,
 * directories and records. Images may stay.
 */
export function podLeftovers(node: Pick<TestNode, 'place' | 'settings' | 'root' | 'state'>): string[] {
  const { place, settings } = node;
  const mounts = mountsBelow(place.directory)
    .filter((point) => point !== node.state)
    .map((point) => `mount ${point}`);
  const processes = processesNaming(place.directory)
    .filter(({ command }) => !servers.test(command))
    .map(({ pid, command }) => `process ${pid} ${command}`);
  const parent = basename(place.cgroup);
  const cgroups = cgroupDirectories(place.cgroup)
    .filter((directory) => basename(directory) !== parent && !(basename(directory) === 'conmon' && isTrials(directory)))
    .map((directory) => `cgroup ${directory}`);
  const ports = bridgePorts(place.bridge).map((port) => `interface ${port} on ${place.bridge}`);
  const leases = entries(join(settings.network.own.dataDir, settings.network.own.name))
    .filter((name) => /^[0-9a-f.:]+$/i.test(name))
    .map((name) => `address lease ${name}`);
  // The rule for the whole subnet stays with the node.
  const rules = iptablesRules(rulesOf(place))
    .filter(({ rule }) => !rule.includes(`-s ${place.subnet}`))
    .map(({ family, table, rule }) => `${family} ${table} ${rule}`);
  const directories = [
    ...['sandboxes', 'containers', 'exits'].map((name) => join(node.state, name)),
    ...['bundles', 'records/sandbox', 'records/container', 'records/sandboxes', 'records/containers'].map((name) =>
      join(node.root, name),
    ),
    ...Object.values(settings.runtime.handlers).map((handler) => handler.root),
  ]
    .flatMap((directory) => entries(directory).map((name) => join(directory, name)))
    .filter((path) => !basename(path).startsWith('.'))
    .map((path) => `file ${path}`);
  const all = [
    ...mounts,
    ...processes,
    ...cgroups,
    ...ports,
    ...leases,
    ...rules,
    ...directories,
    ...redisRecords(node),
  ];
  // An executor that has just started tries its handler out; that is the node's and no pod's.
  return all.filter((line) => !/\bprobe-\d+-/.test(line));
}

/** Leftovers of a stopped node on the machine; empty when there are none. */
export function nodeLeftovers(place: Place): string[] {
  return [
    ...mountsBelow(place.directory).map((point) => `mount ${point}`),
    ...processesNaming(place.directory).map(({ pid, command }) => `process ${pid} ${command}`),
    ...cgroupDirectories(place.cgroup).map((directory) => `cgroup ${directory}`),
    ...(existsSync(`/sys/class/net/${place.bridge}`) ? [`interface ${place.bridge}`] : []),
    ...iptablesRules(rulesOf(place)).map(({ family, table, rule }) => `${family} ${table} ${rule}`),
    ...(existsSync(place.directory) ? [`directory ${place.directory}`] : []),
  ];
}

/**
 * Whether the cgroup of conmons is there only for the trial of an executor that has just started. One without a process is
 * being made or removed, which is waited for: an executor tries for two seconds to remove it.
 */
function isTrials(directory: string): boolean {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 100; tries++) {
    const commands = commandsIn(directory);
    if (commands === undefined) return true;
    if (commands.length > 0) return commands.every((command) => /\bprobe-\d+-/.test(command));
    Atomics.wait(pause, 0, 0, 50);
  }
  return false;
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** The fields of the hashes of sandboxes and containers; a missing redis-cli is a fault, not an all-clear. */
function redisRecords(node: Pick<TestNode, 'settings' | 'state'>): string[] {
  const socket = join(node.state, 'redis.sock');
  if (!existsSync(socket)) return [];
  const [user = '', password = ''] = readFileSync(join(node.state, 'keys/operator.redis'), 'utf8').trim().split(':');
  const ask = (...args: string[]): string[] => {
    const words = ['-s', socket, '-e', '--user', user, ...args];
    const env = { ...process.env, REDISCLI_AUTH: password };
    const { status, stdout, stderr } = spawnSync('redis-cli', words, { encoding: 'utf8', env });
    if (status !== 0) throw new Error(`redis-cli ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout.split('\n').filter(Boolean);
  };
  return ['sandboxes', 'containers']
    .map((kind) => `slipway:{${node.settings.node}}:${kind}`)
    .flatMap((key) => ask('HKEYS', key).map((field) => `record ${key} ${field}`));
}
