import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import type { ServiceMessage, SupervisorCommand } from '@slipway/service';
import type { Logger } from '@slipway/telemetry';
import { Child } from './child.js';
import { ChildChannel } from './child-channel.js';
import type { ProcessRemains, ProcessSpec, ProcessState } from './process-spec.js';
import { spawnProcess } from './spawn-process.js';
import { Watchdog } from './watchdog.js';

/** Told of what happens to a process. */
export interface ProcessObserver {
  /** At each change of state. */
  changed?(): void;
  /** It is up, for the first time or again. */
  up?(process: SupervisedProcess): void;
  /** It ended by itself; `instance` is the name that it had on the bus. */
  lost?(process: SupervisedProcess, instance: string): void;
}

const firstBackoffMs = 100;
/** A service that has lost its bus cannot end in order: it is not waited for. */
const restartMs = 3000;
const longestBackoffMs = 10_000;
const longestStartFactor = 32;
/** A process that ran for this long starts again without delay. */
const stableMs = 10_000;

/**
 * A child process that is started again, ever later, whenever it ends by itself.
 *
 * It has a session of its own, so that a terminal's ctrl-C reaches the supervisor
 * only, and only its own pid is ever signalled: its children (conmon and the
 * containers below) is none of the supervisor's affair.
 */
export class SupervisedProcess {
  state: ProcessState = 'starting';
  restarts = 0;
  http: string | undefined;
  /** Its name on the bus, once it has reported it. */
  instance: string | undefined;
  /** Milliseconds from its last start until it was up. */
  startedMs = 0;
  /** Of Slipway; undefined for a server. It is what runs: the next start may be of another version. */
  version: string | undefined;
  /** Whether it is to take no work, now and after its next start. */
  #drained: boolean;
  /** Its state from the previous supervisor, until it is taken over. */
  #remains: ProcessRemains | undefined;
  /** Whether it is one that the supervisor before has started. */
  adopted: boolean;
  /** The last change of that, until the service has made it. */
  #following: Promise<void> = Promise.resolve();
  readonly #stopping = new AbortController();
  #resolveReady: () => void = () => undefined;
  readonly #ready = new Promise<void>((resolve) => {
    this.#resolveReady = resolve;
  });
  #child: Child | undefined;
  #channel: ChildChannel | undefined;
  #watchdog: Watchdog | undefined;
  /** Doubles with each start that was given up before the first answer, so that a slow machine ends in no loop of them. */
  #startFactor = 1;
  #loop: Promise<void> | undefined;

  constructor(
    readonly spec: ProcessSpec,
    readonly log: Logger,
    readonly observer: ProcessObserver = {},
    /** Gets the output of services; default: they write to the supervisor's own stderr. */
    readonly output?: (line: string) => void,
    drained = false,
    remains?: ProcessRemains,
  ) {
    this.#drained = remains?.drained ?? drained;
    this.#remains = remains;
    this.adopted = remains?.child !== undefined;
    this.version = remains?.version;
    if (!remains?.child) return;
    this.restarts = remains.restarts;
    this.http = remains.http;
    this.instance = remains.instance;
    // A drain that the previous supervisor waited for is requested again.
    this.state = remains.state === 'draining' ? 'ready' : remains.state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it; resolves when it was ready for the first time. */
  start(): Promise<void> {
    this.#loop ??= this.#run();
    return this.#ready;
  }

  /** Stops reading what it says, for the next supervisor in this process to go on. */
  handOver(): ProcessRemains {
    const { state, restarts, http, instance, version } = this;
    const child = this.#child?.running ? this.#child.handOver(this.#channel?.next ?? 1) : undefined;
    return { child, state, drained: this.#drained, restarts, http, instance, version };
  }

  /** Goes on with one that the supervisor before has started, to end it. */
  async end(): Promise<void> {
    void this.start();
    await this.stop();
  }

  /** Reads on: the hand-over came to nothing. */
  resume(): void {
    this.#child?.resume();
  }

  /** Sends it a signal that does not end it. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Sends a service a command. Throws what came back as an error, and STAGE_UNAVAILABLE when it is not there to answer. */
  async ask<T>(command: SupervisorCommand, timeoutMs: number): Promise<T> {
    if (!this.#channel) {
      throw new SlipwayError('STAGE_UNAVAILABLE', 'it does not run', { object: this.spec.name });
    }
    return await this.#channel.ask<T>(command, timeoutMs);
  }

  /** Takes it out of service; resolves when nothing is in flight, or when it was undrained meanwhile. */
  async drain(): Promise<void> {
    this.#drained = true;
    if (this.state === 'ready') await this.#follow();
    else if (this.state === 'draining') await this.#following;
  }

  /** Gives it work again. */
  async undrain(): Promise<void> {
    this.#drained = false;
    if (this.state === 'drained' || this.state === 'draining') await this.#follow();
  }

  /** Brings a running service into the wanted state. A service that ends meanwhile gets it at its next start. */
  #follow(): Promise<void> {
    const told = this.#tellDrained();
    this.#following = told;
    return told;
  }

  async #tellDrained(): Promise<void> {
    const drained = this.#drained;
    if (drained) this.#enter('draining');
    try {
      await this.ask({ command: drained ? 'drain' : 'undrain' }, Number.POSITIVE_INFINITY);
    } catch (error) {
      if (this.#channel) throw error;
      return;
    }
    const asItWas = this.state === 'draining' || this.state === 'drained' || this.state === 'ready';
    if (asItWas && this.#drained === drained && !this.#stopping.signal.aborted)
      this.#enter(drained ? 'drained' : 'ready');
  }

  /** Ends it, SIGKILL after a moment; it starts again like one that ended by itself. */
  restart(): void {
    const child = this.#child;
    if (!child) return;
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), restartMs);
    void child.ended.then(() => clearTimeout(kill));
  }

  /** Ends it with SIGTERM, after `stopMs` with SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (child?.running) {
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
    this.observer.changed?.();
  }

  async #run(): Promise<void> {
    let backoff = firstBackoffMs;
    for (;;) {
      if (!this.#remains?.child) await this.spec.needs?.(this.#stopping.signal).catch(() => undefined);
      if (this.#stopping.signal.aborted) break;
      const started = performance.now();
      const end = await this.#once();
      if (this.#stopping.signal.aborted) break;
      this.spec.ended?.(end);
      const lived = Math.round(performance.now() - started);
      if (lived >= stableMs) backoff = firstBackoffMs;
      this.log.warn(
        { process: this.spec.name, end, livedMs: lived, againInMs: backoff },
        'process ended, starts again',
      );
      this.restarts += 1;
      if (this.instance !== undefined) this.observer.lost?.(this, this.instance);
      this.instance = undefined;
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
    const remains = this.#remains;
    this.#remains = undefined;
    const began = performance.now();
    const drained = this.#drained;
    if (!remains?.child) {
      this.http = undefined;
      this.adopted = false;
      this.#enter('starting');
    }
    const child = remains?.child ? Child.adopt(remains.child) : await this.#spawn(drained);
    if (!child) return 'it was not started';
    this.#child = child;
    // Its end aborts the wait for its readiness.
    const gone = new AbortController();
    this.#readLines(child);
    const channel = child.speaks ? new ChildChannel(child, remains?.child?.channel?.next) : undefined;
    this.#channel = channel;
    if (channel) this.#watch(child, () => channel.ask({ command: 'ping' }, Number.POSITIVE_INFINITY));
    child.listen((message: ServiceMessage) => {
      if ('reply' in message) {
        channel?.settle(message);
        return;
      }
      if (message.http) this.http = message.http;
      if (message.instance) this.instance = message.instance;
      if (message.state === 'draining') this.#enter('draining');
      else this.#up(began, drained);
    });
    // It has been up since before this supervisor was.
    if (remains?.child && !spec.ready && (this.state === 'ready' || this.state === 'drained'))
      this.#announce(this.state === 'drained');
    const polled = spec.ready ? this.#poll(spec.ready, began, gone.signal) : undefined;
    // A server that starts may have nothing yet that answers.
    const { alive } = spec;
    if (alive) {
      polled?.then(
        () => {
          if (!gone.signal.aborted) this.#watch(child, alive);
        },
        () => undefined,
      );
    }
    const end = await child.ended;
    this.#watchdog?.close();
    gone.abort();
    await polled;
    this.#channel = undefined;
    channel?.close();
    this.#child = undefined;
    return end;
  }

  async #spawn(drained: boolean): Promise<Child | undefined> {
    const { spec, log } = this;
    const child = await spawnProcess(spec, { drained, collect: this.output !== undefined, log }, this.#stopping.signal);
    if (child) this.version = spec.version;
    return child;
  }

  /** Reports that the process is up. It was told `drained`; a change since then is sent to it now. */
  #announce(drained: boolean): void {
    this.#resolveReady();
    this.observer.up?.(this);
    if (this.#drained === drained) return;
    this.#follow().catch((error: unknown) =>
      this.log.error({ process: this.spec.name, err: error }, 'cannot be drained'),
    );
  }

  /** Kills the process when it does not answer any more; it is started again like one that ended by itself. */
  #watch(child: Child, ask: () => Promise<unknown>): void {
    const { name, hungMs = 0 } = this.spec;
    if (hungMs === 0) return;
    const watchdog = new Watchdog({
      ask,
      hungMs,
      startFactor: this.#startFactor,
      onHung: () => {
        const silentMs = watchdog.started ? hungMs : hungMs * this.#startFactor;
        if (!watchdog.started) this.#startFactor = Math.min(this.#startFactor * 2, longestStartFactor);
        this.log.error(
          { process: name, pid: child.pid, silentMs, started: watchdog.started },
          'does not answer: it is killed',
        );
        child.kill('SIGKILL');
      },
    });
    this.#watchdog = watchdog;
  }

  async #poll(ready: () => Promise<void>, began: number, gone: AbortSignal): Promise<void> {
    for (let waited = 0; !gone.aborted; waited += 20) {
      try {
        await ready();
        if (!gone.aborted) this.#up(began, false);
        return;
      } catch (error) {
        if (waited > 0 && waited % 5000 === 0) this.log.warn({ process: this.spec.name, err: error }, 'is not up yet');
        await sleep(20, undefined, { signal: gone }).catch(() => undefined);
      }
    }
  }

  /** `drained` is the state it was started with, which may have changed since. */
  #up(began: number, drained: boolean): void {
    if (this.#stopping.signal.aborted) return;
    this.startedMs = Math.round(performance.now() - began);
    this.#enter(drained ? 'drained' : 'ready');
    this.#announce(drained);
  }

  #readLines(child: Child): void {
    child.lines((line) => {
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
