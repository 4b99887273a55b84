import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@slipway/telemetry';

export interface ProcessSpec {
  /** How it is called in logs and `slipway status`: `nats`, `puller-0`, `executor.crun-1`. */
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Rejects while it is not up. Without it the process tells by itself, see `ServiceMessage`. */
  ready?: () => Promise<void>;
  /** How its lines are read where they are no JSON logs. Without it they go out as they are. */
  logs?: (line: string) => { level: 'debug' | 'warn' | 'error'; text: string };
  /** Milliseconds from SIGTERM to SIGKILL. Default 10 000. */
  stopMs?: number;
}

/**
 * What a service tells its supervisor over the IPC channel that it was started with.
 * The other way, the end of its standard input tells it that the supervisor is gone.
 */
export interface ServiceMessage {
  state: 'ready' | 'draining';
  /** Where its health and metrics are. */
  http?: string;
}

export type ProcessState = 'starting' | 'ready' | 'waiting' | 'draining' | 'stopped';

const firstBackoffMs = 100;
const longestBackoffMs = 10_000;
/** One that ran for this long has earned a fresh start. */
const stableMs = 10_000;

/**
 * A child process that is started again, ever later, whenever it ends by itself.
 *
 * It has a session of its own, so that a terminal's ctrl-C reaches the supervisor
 * alone, and only its own pid is ever signalled: what it started (conmon and the
 * containers below) is none of the supervisor's affair.
 */
export class SupervisedProcess {
  state: ProcessState = 'starting';
  restarts = 0;
  http: string | undefined;
  readonly #stopping = new AbortController();
  #resolveReady: () => void = () => undefined;
  readonly #ready = new Promise<void>((resolve) => {
    this.#resolveReady = resolve;
  });
  #child: ChildProcess | undefined;
  #loop: Promise<void> | undefined;

  constructor(
    readonly spec: ProcessSpec,
    readonly log: Logger,
    /** Called at each change of state. */
    readonly changed: () => void = () => undefined,
    /** Gets the output of services; default: they write to the supervisor's own stderr. */
    readonly output?: (line: string) => void,
  ) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it; resolves when it was ready for the first time. */
  start(): Promise<void> {
    this.#loop ??= this.#run();
    return this.#ready;
  }

  /** Ends it with SIGTERM, after `stopMs` with SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      this.#enter('draining');
      child.kill('SIGTERM');
      const kill = setTimeout(() => {
        this.log.warn({ process: this.spec.name }, 'does not end by itself and is killed');
        child.kill('SIGKILL');
      }, this.spec.stopMs ?? 10_000);
      await this.#loop;
      clearTimeout(kill);
    } else {
      await this.#loop;
    }
    this.#enter('stopped');
  }

  #enter(state: ProcessState): void {
    if (this.state === state) return;
    this.state = state;
    this.changed();
  }

  async #run(): Promise<void> {
    let backoff = firstBackoffMs;
    while (!this.#stopping.signal.aborted) {
      const started = Date.now();
      const end = await this.#once();
      if (this.#stopping.signal.aborted) break;
      const lived = Date.now() - started;
      if (lived >= stableMs) backoff = firstBackoffMs;
      this.log.warn(
        { process: this.spec.name, end, livedMs: lived, againInMs: backoff },
        'process ended, starts again',
      );
      this.restarts += 1;
      this.#enter('waiting');
      await sleep(backoff, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      backoff = Math.min(backoff * 2, longestBackoffMs);
    }
    // Nobody waits for one that will not come.
    this.#resolveReady();
  }

  /** Runs it once; answers how it ended. */
  async #once(): Promise<string> {
    const { spec } = this;
    this.http = undefined;
    this.#enter('starting');
    const own = spec.logs !== undefined || this.output !== undefined;
    const output = own ? 'pipe' : 'inherit';
    const child = spawn(spec.command, spec.args, {
      stdio: spec.ready ? ['ignore', output, output] : ['pipe', output, output, 'ipc'],
      detached: true,
      env: { ...process.env, ...(spec.ready ? {} : { SLIPWAY_SUPERVISED: '1' }), ...spec.env },
    });
    this.#child = child;
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    });
    // Its end aborts the wait for its readiness.
    const gone = new AbortController();
    this.#readLines(child);
    child.on('message', (message: ServiceMessage) => {
      if (message.http) this.http = message.http;
      if (message.state === 'ready') this.#up();
      else if (message.state === 'draining') this.#enter('draining');
    });
    const polled = spec.ready ? this.#poll(spec.ready, gone.signal) : undefined;
    const end = await ended;
    gone.abort();
    await polled;
    this.#child = undefined;
    return end;
  }

  async #poll(ready: () => Promise<void>, gone: AbortSignal): Promise<void> {
    for (let waited = 0; !gone.aborted; waited += 20) {
      try {
        await ready();
        if (!gone.aborted) this.#up();
        return;
      } catch (error) {
        if (waited > 0 && waited % 5000 === 0) this.log.warn({ process: this.spec.name, err: error }, 'is not up yet');
        await sleep(20, undefined, { signal: gone }).catch(() => undefined);
      }
    }
  }

  #up(): void {
    if (this.#stopping.signal.aborted) return;
    this.#enter('ready');
    this.#resolveReady();
  }

  #readLines(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        const { logs } = this.spec;
        if (!logs) {
          this.output?.(line);
          return;
        }
        const { level, text } = logs(line);
        this.log[level]({ process: this.spec.name }, text);
      });
    }
  }
}
