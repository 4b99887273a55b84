import type { Lab } from '../support/lab.js';
import { Random } from './random.js';

/** A kind of input that an attacker writes. */
export interface Fuzzer {
  name: string;
  /** Prepares what all cases share; answers a function that tries one input and throws when something is wrong. */
  open(lab: Lab): Promise<{ tryOne: (random: Random) => Promise<void>; close?: () => Promise<void> }>;
}

export interface FuzzResult {
  name: string;
  cases: number;
  /** Bytes by which this process's memory (RSS) grew while the fuzzer ran. */
  grown: number;
}

/** A fuzzer's inputs must not cost this process more memory than this, in bytes. */
const mostGrown = 512 << 20;

/**
 * Tries random inputs of one kind for a time. Throws the first failure with the seed that repeats its input, and fails
 * also where a process of the node ended by itself, or memory grows.
 *
 * @param seed of the first case; each further case has the next number
 */
export async function runFuzzer(
  lab: Lab,
  fuzzer: Fuzzer,
  { ms, seed }: { ms: number; seed: number },
): Promise<FuzzResult> {
  const { tryOne, close } = await fuzzer.open(lab);
  const restarts = restartsOf(lab);
  const before = process.memoryUsage().rss;
  const end = performance.now() + ms;
  let cases = 0;
  const fail = (what: string, cause?: unknown): never => {
    throw new Error(`${fuzzer.name}: seeds ${seed} to ${seed + cases}: ${what}\n${complaints(lab)}`, { cause });
  };
  try {
    do await tryOne(new Random(seed + cases));
    while (++cases && performance.now() < end);
    await close?.();
  } catch (error) {
    fail((error as Error).message, error);
  }
  if (restartsOf(lab) !== restarts) fail(`a process of the node ended: ${restartsOf(lab)}`);
  const grown = process.memoryUsage().rss - before;
  if (grown > mostGrown) fail(`memory grew by ${grown} bytes in ${cases} inputs`);
  return { name: fuzzer.name, cases, grown };
}

/** The node's last words that are not its everyday ones: lines that are no log records, warnings and errors. */
function complaints({ node }: Lab): string {
  const lines = node.logs().split('\n');
  return lines
    .filter((line) => !/"level":(10|20|30|"(trace|debug|info)")/.test(line))
    .slice(-40)
    .join('\n');
}

function restartsOf({ node }: Lab): string {
  return node
    .processes()
    .map(({ name, restarts }) => `${name} ${restarts}`)
    .toSorted()
    .join(', ');
}
