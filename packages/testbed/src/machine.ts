import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Mount points below a directory, deepest and latest first: the order in which they can be unmounted. */
export function mountsBelow(directory: string): string[] {
  const points: string[] = [];
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    // Field 5 of proc(5)'s mountinfo; blanks are written as octal.
    const point = line
      .split(' ')[4]
      ?.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
    if (point?.startsWith(`${directory}/`)) points.push(point);
  }
  return points.toReversed();
}

/** Processes whose command line names a directory. */
export function processesNaming(directory: string): { pid: number; command: string }[] {
  const found: { pid: number; command: string }[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const command = commandOf(name);
    // The directory as a whole component: /run/sw-ab is not /run/sw-abc.
    const at = command.indexOf(directory);
    const next = command[at + directory.length];
    if (at >= 0 && (next === undefined || next === '/' || next === ' ')) found.push({ pid: Number(name), command });
  }
  return found;
}

/** The words of a process's command line, by its pid; empty where it has ended or is just ending. */
function commandOf(pid: string): string {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8')
      .split('\0')
      .join(' ')
      .trim();
  } catch {
    return '';
  }
}

/** The command lines of the processes in a cgroup's own directory but those that are just ending; undefined where it is gone. */
export function commandsIn(directory: string): string[] | undefined {
  try {
    const pids = readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
    return pids.map(commandOf).filter((command) => command !== '');
  } catch {
    return undefined;
  }
}

/** Directories of a cgroup and of all below it, deepest first, in every hierarchy that has it. */
export function cgroupDirectories(cgroup: string): string[] {
  const top = '/sys/fs/cgroup';
  const hierarchies = [top, ...readdirSync(top).map((name) => join(top, name))];
  return hierarchies.flatMap((hierarchy) => below(join(hierarchy, cgroup))).toReversed();
}

function below(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const inner: string[] = [];
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) inner.push(...below(join(directory, entry.name)));
    }
  } catch {
    return [];
  }
  return [directory, ...inner];
}

/** Pids in a cgroup and all below it. */
export function cgroupPids(cgroup: string): number[] {
  const pids = new Set<number>();
  for (const directory of cgroupDirectories(cgroup)) {
    try {
      const text = readFileSync(join(directory, 'cgroup.procs'), 'utf8');
      for (const line of text.split('\n')) if (line !== '') pids.add(Number(line));
    } catch {
      // It was removed meanwhile.
    }
  }
  return [...pids];
}

/** Network interfaces attached to a bridge. */
export function bridgePorts(bridge: string): string[] {
  const directory = `/sys/class/net/${bridge}/brif`;
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** Rules in iptables-save's form, as `<table> <rule>`, that hold one of the words. */
export function iptablesRules(words: readonly string[]): SavedRule[] {
  const rules: SavedRule[] = [];
  for (const family of ['iptables', 'ip6tables']) {
    const saved = spawnSync(`${family}-save`, { encoding: 'utf8' });
    let table = '';
    for (const line of (saved.stdout ?? '').split('\n')) {
      if (line.startsWith('*')) table = line.slice(1);
      else if (/^(-A|:)/.test(line) && words.some((word) => line.includes(word)))
        rules.push({ family, table, rule: line });
    }
  }
  return rules;
}

export interface SavedRule {
  family: string;
  table: string;
  /** As iptables-save prints it. */
  rule: string;
}

/** Removes rules that iptables-save printed, and the chains that one CNI attachment has for itself. */
export function deleteRules(rules: readonly SavedRule[]): void {
  const chains = new Set<string>();
  for (const { family, table, rule } of rules) {
    const words = [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
      (match) => match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? '',
    );
    if (words[0] === '-A') iptables(family, table, '-D', ...words.slice(1));
    // Names of such chains end in a hash of the attachment: nothing else uses them.
    for (const chain of words) if (/^CNI-(\w+-)?[0-9a-f]{20,}$/.test(chain)) chains.add(`${family} ${table} ${chain}`);
  }
  for (const entry of chains) {
    const [family, table, chain] = entry.split(' ') as [string, string, string];
    iptables(family, table, '-F', chain);
    iptables(family, table, '-X', chain);
  }
}

/** A missing object counts as removed: leftovers are looked for afterwards. */
function iptables(family: string, table: string, ...args: string[]): void {
  spawnSync(family, ['-w', '5', '-t', table, ...args], { stdio: 'ignore' });
}
