import { execFileSync, spawnSync } from 'node:child_process';
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
    try {
      const command = readFileSync(join('/proc', name, 'cmdline'), 'utf8')
        .split('\0')
        .join(' ')
        .trim();
      // The directory as a whole component: /run/sw-ab is not /run/sw-abc.
      const at = command.indexOf(directory);
      const next = command[at + directory.length];
      if (at >= 0 && (next === undefined || next === '/' || next === ' ')) found.push({ pid: Number(name), command });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
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
export function iptablesRules(words: readonly string[]): { family: string; table: string; rule: string }[] {
  const rules: { family: string; table: string; rule: string }[] = [];
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

/** Removes a rule that iptables-save printed; quotes in it are comments. */
export function deleteRule({ family, table, rule }: { family: string; table: string; rule: string }): void {
  const words = [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
  const args = rule.startsWith(':') ? ['-X', words[0]?.slice(1) ?? ''] : ['-D', ...words.slice(1)];
  execFileSync(family, ['-w', '5', '-t', table, ...args], { stdio: 'ignore' });
}
