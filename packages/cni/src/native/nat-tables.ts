import { hasPassed, timeLeft } from '@slipway/time';
import { runTool, type ToolOptions } from '../host/run-tool.js';
import { type PodChain, type SharedChain } from './nat-rules.js';
import type { PluginCall } from './plugin-call.js';
import { ruleBackend, ruleTool } from './rule-tools.js';

/** iptables' own wait for the xtables lock, in seconds. */
const lockWait = '10';
/** The table may change between the look at it and the transaction that relies on it. */
const mostTries = 3;
/** Longer than any call has. */
const mostTimeoutMs = 600_000;

/** The nat table of a family as iptables-save prints it. */
interface Printed {
  chains: Set<string>;
  /** Whole lines: `-A CHAIN …`. */
  rules: string[];
}

/** The call that rules are changed for, and what ends it. */
export interface RuleCall extends Pick<PluginCall, 'deadline'> {
  signal?: AbortSignal | undefined;
}

/**
 * Why the nat tables of the given families cannot be changed by iptables-restore, so that the program must do it;
 * undefined where they can. Without `all` one family may have no tools: nothing was ever put into its table.
 */
export async function tableObstacle(families: readonly boolean[], all: boolean): Promise<string | undefined> {
  const backends = await Promise.all(families.map(ruleBackend));
  const mixed = families.find((_, index) => backends[index] === 'mixed');
  if (mixed !== undefined) return `${ruleTool(mixed)} and its -restore and -save have several backends`;
  const absent = families.filter((_, index) => backends[index] === 'absent');
  if (absent.length === 0 || (!all && absent.length < families.length)) return undefined;
  return `${absent.map((v6) => ruleTool(v6)).join(', ')} not found`;
}

/**
 * Creates pods' chains with their entries, and the shared chains that are missing: one iptables-restore a family, whose
 * changes are made all or none. What was in a chain of that name is replaced.
 */
export async function addChains(chains: readonly PodChain[], call: RuleCall): Promise<void> {
  await all(chains.map((chain) => addChain(chain, call)));
}

async function addChain({ v6, name, rules, entries, shared }: PodChain, call: RuleCall): Promise<void> {
  await retried(shared.length > 0, call, async () => {
    const missing = shared.length === 0 ? [] : missingShared(shared, await print(v6, call));
    const own = rules.map((rule) => `-A ${name} ${rule}`);
    const into = entries.map(({ chain, rule }) => `-A ${chain} ${rule}`);
    // A chain that is declared with a colon is emptied where it is there: only for a pod's own.
    await restore(v6, [`:${name} - [0:0]`, ...missing, ...own, ...into], call);
  });
}

/** Removes what {@link addChains} created for these, but for the shared chains. What is not there is passed over. */
export async function removeChains(chains: readonly PodChain[], call: RuleCall): Promise<void> {
  await all(
    chains.map(async ({ v6, name, entries }) => {
      try {
        // Without a look at the table, which may be long; it fails where anything is not as ADD left it.
        await restore(v6, [...entries.map(({ chain, rule }) => `-D ${chain} ${rule}`), ...deletion(name)], call);
      } catch {
        await removeFound(v6, name, call);
      }
    }),
  );
}

/** Removes the chains of a name of either family with all jumps to them; nothing there is success. */
export async function removeChainsNamed(name: string, call: RuleCall): Promise<void> {
  const failures: unknown[] = [];
  const families: boolean[] = [];
  for (const v6 of [false, true]) if ((await ruleBackend(v6)) !== 'absent') families.push(v6);
  await all(families.map((v6) => removeFound(v6, name, call).catch((error: unknown) => failures.push(error))));
  // A kernel without the tables of one family has no chain there either.
  if (failures.length > 0 && failures.length === families.length) throw failures[0];
}

async function removeFound(v6: boolean, name: string, call: RuleCall): Promise<void> {
  await retried(true, call, async () => {
    const { chains, rules } = await print(v6, call);
    if (!chains.has(name)) return;
    const jumps = rules.filter((rule) => rule.endsWith(` -j ${name}`)).map((rule) => rule.replace(/^-A /, '-D '));
    await restore(v6, [...jumps, ...deletion(name)], call);
  });
}

const deletion = (name: string): string[] => [`-F ${name}`, `-X ${name}`];

function missingShared(shared: readonly SharedChain[], { chains, rules }: Printed): string[] {
  const there = (chain: string, target: string): boolean =>
    rules.some((rule) => rule.startsWith(`-A ${chain} `) && rule.endsWith(` -j ${target}`));
  return shared.flatMap(({ name, rules: wanted, entries }) => [
    // It fails where another process has created the chain meanwhile, whose rules must stay.
    ...(chains.has(name) ? [] : [`-N ${name}`]),
    ...wanted.map((rule) => `-A ${name} ${rule}`).filter((line) => !rules.includes(line)),
    ...entries
      .filter(({ chain }) => !there(chain, name))
      .map(({ chain, rule, first }) => `${first ? '-I' : '-A'} ${chain} ${rule}`),
  ]);
}

async function print(v6: boolean, call: RuleCall): Promise<Printed> {
  const text = await runTool(ruleTool(v6, '-save'), ['-t', 'nat'], limits(call));
  if (text.includes('is incompatible')) throw new Error(`${ruleTool(v6, '-save')} cannot read the table nat: ${text}`);
  const lines = text.split('\n');
  const chains = lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1).replace(/ .*/, ''));
  return { chains: new Set(chains), rules: lines.filter((line) => line.startsWith('-A ')) };
}

async function restore(v6: boolean, lines: string[], call: RuleCall): Promise<void> {
  const input = ['*nat', ...lines, 'COMMIT', ''].join('\n');
  await runTool(ruleTool(v6, '-restore'), ['--noflush', '-w', lockWait], { ...limits(call), input });
}

function limits({ deadline, signal }: RuleCall): ToolOptions {
  return { signal, timeout: Math.min(mostTimeoutMs, Math.ceil(timeLeft(deadline)) || 1) };
}

async function retried(looks: boolean, { deadline, signal }: RuleCall, work: () => Promise<void>): Promise<void> {
  for (let left = looks ? mostTries : 1; ; left--) {
    try {
      await work();
      return;
    } catch (error) {
      if (left === 1 || signal?.aborted || hasPassed(deadline)) throw error;
    }
  }
}

/** As Promise.all, but when nothing runs any more. */
async function all(work: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
