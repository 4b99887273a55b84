import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerState } from '@slipway/cri';
import type { Lab } from './lab.js';
import { parseLog, Pod, podConfig, shell } from './pod.js';
import { until } from './retry.js';

/** Between two pods of a worker: what happens to the node meanwhile needs the processors too. */
const betweenMs = 200;

export interface ChurnCount {
  pods: number;
  exits: number;
  execs: number;
  lines: number;
}

/**
 * Pods that come and go while something happens to a node, and one that stays. Not one CRI call may fail or is tried
 * again; every exit, every exec and every byte of every log must be what the containers did.
 */
export class Churn {
  readonly count: ChurnCount = { pods: 0, exits: 0, execs: 0, lines: 0 };
  readonly #failed = new AbortController();
  #over = false;
  #workers: Promise<void>[] = [];

  private constructor(
    readonly lab: Lab,
    readonly steady: Pod,
    readonly ticker: string,
  ) {}

  static async start(lab: Lab, workers: number): Promise<Churn> {
    const steady = await Pod.run(lab.cri, podConfig(lab.node));
    const ticker = await steady.start(
      shell(lab.image, 'i=0; while true; do echo line $i; i=$((i+1)); usleep 50000; done'),
    );
    const churn = new Churn(lab, steady, ticker);
    churn.#workers = Array.from({ length: workers }, () =>
      churn.#work().catch((error: unknown) => churn.#failed.abort(error)),
    );
    return churn;
  }

  /** Throws what has gone wrong so far. */
  check(): void {
    this.#failed.signal.throwIfAborted();
  }

  /** Lets every pod end its life, and looks at the one that stayed. */
  async stop(): Promise<ChurnCount> {
    this.#over = true;
    await Promise.all(this.#workers);
    this.check();
    await this.#expectSteady();
    await this.steady.remove();
    return this.count;
  }

  async #work(): Promise<void> {
    while (!this.#over && !this.#failed.signal.aborted) {
      await this.#pod();
      this.count.pods++;
      await sleep(betweenMs);
    }
  }

  async #pod(): Promise<void> {
    const { lab, count } = this;
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const code = randomInt(1, 100);
    const lines = Array.from({ length: 40 }, (_, at) => `line ${at} ${'x'.repeat(1 + at * 5)}`);
    // They come apart in time: every usleep is a process.
    const printed = lines.map((line, at) => `echo ${line}${at % 5 === 4 ? '; usleep 10000' : ''}`);
    const [brief, steady] = await Promise.all([
      pod.start(shell(lab.image, `${printed.join('; ')}; exit ${code}`)),
      pod.start(shell(lab.image, "trap 'echo bye; exit 42' TERM; echo up; sleep 1000 >/dev/null 2>&1 & wait")),
    ]);
    equal(await pod.exec(steady, 'sh', '-c', 'usleep 100000; echo here'), 'here\n', 'what an exec printed');
    count.execs++;
    const ended = await pod.exited(brief, 30_000);
    equal(ended.exitCode, code, 'the exit code of a container that ended by itself');
    equal(texts(ended.logPath).join('\n'), lines.join('\n'), 'its log');
    equal((await pod.status(steady)).state, ContainerState.CONTAINER_RUNNING, 'the state of a container that runs');
    await lab.cri.stopContainer({ containerId: steady, timeout: 30n });
    const stopped = await pod.status(steady);
    equal(stopped.exitCode, 42, 'the exit code of a container that was stopped');
    equal(texts(stopped.logPath).join(), 'up,bye', 'the log of a container that was stopped');
    count.exits += 2;
    count.lines += lines.length + 2;
    await lab.cri.removeContainer({ containerId: brief });
    await pod.remove();
  }

  async #expectSteady(): Promise<void> {
    const status = await this.steady.status(this.ticker);
    equal(status.state, ContainerState.CONTAINER_RUNNING, 'the state of the container that stayed');
    const before = texts(status.logPath).length;
    await until('its log goes on', () => texts(status.logPath).length > before);
    const all = texts(status.logPath);
    equal(all.join('\n'), all.map((_, at) => `line ${at}`).join('\n'), 'its log');
    this.count.lines += all.length;
  }
}

function texts(logPath: string): string[] {
  return parseLog(readFileSync(logPath, 'utf8')).map(({ text }) => text);
}

function equal(actual: unknown, expected: unknown, what: string): void {
  const shown = (value: unknown): string => String(value).slice(-2000);
  if (actual !== expected) throw new Error(`${what}: ${shown(actual)} instead of ${shown(expected)}`);
}
