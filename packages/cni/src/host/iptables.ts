import { isIPv6 } from 'node:net';
import { runTool, type ToolOptions } from './run-tool.js';

/** A rule of a built-in chain, recognised by all of its arguments. */
export interface Rule {
  table: 'nat' | 'filter';
  chain: string;
  /** Matches and target, as after `-A CHAIN`. */
  args: string[];
}

export interface RuleOptions extends ToolOptions {
  /** Serialises the processes that use this package. Default /run/slipway-iptables.lock. */
  lockFile?: string | undefined;
}

/** iptables' own wait for the xtables lock, in seconds. */
const wait = '10';

/**
 * Appends each rule unless it is there. Looking and appending is one critical section under
 * flock(1): iptables has no "append if missing", and two processes that start together would both
 * append.
 */
export async function ensureRules(tool: string, rules: Rule[], options: RuleOptions = {}): Promise<void> {
  const script = '"$0" -w "$1" -t "$2" -C "$3" "${@:4}" 2>/dev/null || exec "$0" -w "$1" -t "$2" -A "$3" "${@:4}"';
  for (const rule of rules) await locked(script, tool, rule, options);
}

/** Deletes each rule as often as it is there. */
export async function removeRules(tool: string, rules: Rule[], options: RuleOptions = {}): Promise<void> {
  const script =
    'while "$0" -w "$1" -t "$2" -C "$3" "${@:4}" 2>/dev/null; do "$0" -w "$1" -t "$2" -D "$3" "${@:4}" || exit; done';
  for (const rule of rules) await locked(script, tool, rule, options);
}

async function locked(script: string, tool: string, rule: Rule, options: RuleOptions): Promise<void> {
  const lock = options.lockFile ?? '/run/slipway-iptables.lock';
  const shell = ['bash', '-c', script, tool, wait, rule.table, rule.chain, ...rule.args];
  // --close: iptables must not hold the lock longer than the shell does.
  await runTool('flock', ['--close', '--timeout', wait, lock, ...shell], options);
}

/** The tool for a network's address family. */
export function toolFor(subnet: string): 'iptables' | 'ip6tables' {
  return isIPv6(subnet.replace(/\/.*$/, '')) ? 'ip6tables' : 'iptables';
}
