import { EventEmitter, once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerExit, type ExitsWatch, readExit, watchExits } from '@slipway/conmon';
import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import { isAlive } from '@slipway/linux';
import { deadlineIn, hasPassed, Limit, nowNanos, timeLeft } from '@slipway/time';
import { conmonPid, isConmonOf } from '../container/conmon-process.js';
import { killContainer, killLeftovers } from '../container/kill.js';
import { isLive, moveContainer } from '../container/phases.js';
import type { ExecutorContext, Exits, WaitOptions } from '../context.js';
import { endOf, firstToEnd } from './first-to-end.js';
import { exitOutcome, unknownOutcome } from './outcome.js';

/** A wait asks again this often, for the case that another instance or a missed notice was the cause. */
const pollMs = 250;
/** How often everything is looked at again: what Redis was away for, and what another instance created. */
const sweepMs = 5000;
/** A conmon that lives writes the exit file this long after its container's end at the latest; then it is taken for dead. */
const conmonMs = 60_000;
/** For the end of a container that is killed because its conmon is gone. */
const killMs = 30_000;

/** Told of exit files that belong to no container: those of infra containers, by the id of their sandbox. */
export type InfraExit = (sandboxId: string, exit: ContainerExit) => Promise<void>;

/**
 * Moves the records of containers that ended to EXITED, each once whoever sees it first: by
 * conmon's exit file, and, where conmon was killed and writes none, by the end of the
 * container's init. A container whose conmon is killed is ended, since nobody reads its output or will tell its exit
 * code, and kubelets start it again. Containers that ended while nobody watched are found at the start.
 */
export class ExitWatcher implements Exits {
  readonly #context: () => ExecutorContext;
  readonly #onInfraExit: InfraExit | undefined;
  readonly #closing = new AbortController();
  readonly #news = new EventEmitter();
  readonly #watched = new Map<string, AbortController>();
  #files: ExitsWatch | undefined;
  #sweeper: NodeJS.Timeout | undefined;

  /** The context is asked for late: it holds this watcher. */
  constructor(context: () => ExecutorContext, onInfraExit?: InfraExit) {
    this.#context = context;
    this.#onInfraExit = onInfraExit;
    this.#news.setMaxListeners(0);
  }

  async start(): Promise<void> {
    const context = this.#context();
    const early: Promise<unknown>[] = [];
    let started = false;
    this.#files = await watchExits(
      context.paths.exits,
      (id) => {
        const work = this.#noticed(id);
        if (!started) early.push(work);
      },
      (error) => context.log.error({ err: error }, 'exit files cannot be watched'),
    );
    started = true;
    await this.#sweep();
    await Promise.all(early);
    this.#sweeper = setInterval(() => {
      this.#sweep().catch((error: unknown) => context.log.debug({ err: error }, 'containers cannot be looked at now'));
    }, sweepMs);
    this.#sweeper.unref();
  }

  watchProcess(record: ContainerRecord, conmonPid?: number): void {
    if (this.#watched.has(record.id) || record.pid <= 0) return;
    const stop = new AbortController();
    this.#watched.set(record.id, stop);
    const limit = new Limit({ signals: [stop.signal, this.#closing.signal] });
    this.#follow(record, conmonPid, limit.signal)
      .catch((error: unknown) => {
        if (!limit.signal.aborted)
          this.#context().log.error({ container: record.id, err: error }, 'container cannot be watched');
      })
      .finally(() => {
        limit[Symbol.dispose]();
        if (this.#watched.get(record.id) === stop) this.#watched.delete(record.id);
      });
  }

  get watching(): number {
    return this.#watched.size;
  }

  forget(id: string): void {
    this.#watched.get(id)?.abort();
    this.#watched.delete(id);
  }

  async settle(id: string, options: { locked?: boolean | undefined } = {}): Promise<ContainerRecord | undefined> {
    const context = this.#context();
    const record = await context.records.containers.get(id);
    if (!record || record.handler !== context.handler || !isLive(record)) return record;
    const exit = await readExit(context.paths.exits, id);
    if (!exit) return options.locked ? await this.#settleUnseen(record) : record;
    if (record.phase === ContainerPhase.CONTAINER_PHASE_CREATED && !options.locked) {
      return await context.records.withLock(`container:${id}`, () => this.settle(id, { locked: true }), {
        signal: this.#closing.signal,
      });
    }
    return await this.#exited(record, exit);
  }

  /** The watch of a container whose conmon is gone waits for the lock that the caller holds: the caller does its work. */
  async #settleUnseen(record: ContainerRecord): Promise<ContainerRecord | undefined> {
    const { id } = record;
    if (isAlive(record.pid, record.startTicks) || (await this.#conmonAlive(id))) return record;
    // conmon may have written the file since it was looked for.
    return await this.#exited(record, await readExit(this.#context().paths.exits, id));
  }

  async wait(id: string, options: WaitOptions): Promise<boolean> {
    for (;;) {
      options.signal?.throwIfAborted();
      const record = await this.settle(id, options);
      if (!record || !isLive(record)) return true;
      const left = timeLeft(options.deadline);
      if (left <= 0) return false;
      using limit = new Limit({ ms: Math.min(left, pollMs), signals: [options.signal] });
      await once(this.#news, id, { signal: limit.signal }).catch(() => undefined);
    }
  }

  close(): void {
    this.#closing.abort();
    clearInterval(this.#sweeper);
    this.#files?.close();
    this.#news.removeAllListeners();
  }

  /** Watches what runs and settles what has ended. Costs one small read of the records when nothing changed. */
  async #sweep(): Promise<void> {
    const context = this.#context();
    const containers = await context.records.containers.list();
    // After the list: the file of one that was live then and has ended since is seen by the watch, or the next sweep.
    const ended = new Set(await readdir(context.paths.exits));
    for (const record of containers) {
      if (record.handler !== context.handler || !isLive(record)) continue;
      this.watchProcess(record);
      if (ended.has(record.id)) await this.#noticed(record.id);
    }
  }

  /** An exit file is there. Where it cannot be recorded now, the next sweep tries again. */
  async #noticed(id: string): Promise<void> {
    const context = this.#context();
    this.#news.emit(id);
    try {
      const record = await this.settle(id);
      this.#news.emit(id);
      if (record || !this.#onInfraExit) return;
      const exit = await readExit(context.paths.exits, id);
      if (exit) await this.#onInfraExit(id, exit);
    } catch (error) {
      if (!this.#closing.signal.aborted) context.log.error({ container: id, err: error }, 'exit cannot be recorded');
    }
  }

  /** Ends when the container has ended and its record says so, or when its conmon was killed and the container was ended. */
  async #follow(record: ContainerRecord, conmonPid: number | undefined, signal: AbortSignal): Promise<void> {
    const { id } = record;
    const context = this.#context();
    const first = await firstToEnd(record, { file: context.paths.container(id).conmonPidFile, pid: conmonPid }, signal);
    if (first === 'init') await this.#awaitExitFile(id, signal);
    // conmon writes the file before it ends; without one it was killed.
    if (await readExit(context.paths.exits, id)) return await this.#noticed(id);
    await context.records.withLock(`container:${id}`, () => this.#endUnseen(record, signal), { signal });
    this.#news.emit(id);
  }

  async #awaitExitFile(id: string, signal: AbortSignal): Promise<void> {
    const end = deadlineIn(conmonMs);
    while (!(await readExit(this.#context().paths.exits, id)) && !hasPassed(end)) {
      if (!(await this.#conmonAlive(id))) return;
      await sleep(20, undefined, { signal });
    }
  }

  /** The container's lock is held. Ends what is left of a container that has no conmon any more, and moves its record to EXITED. */
  async #endUnseen(watched: ContainerRecord, signal: AbortSignal): Promise<void> {
    const context = this.#context();
    const { id } = watched;
    const record = await this.settle(id, { locked: true });
    if (!record || !isLive(record)) return;
    // A creation that was repeated took down what was watched: the record is the next one's.
    if (record.pid !== watched.pid || record.startTicks !== watched.startTicks) return;
    const ended = isAlive(record.pid, record.startTicks);
    if (ended) {
      context.log.warn({ container: id }, 'the conmon of a running container was killed: the container is ended');
      await killContainer(context, record, { deadline: deadlineIn(killMs), signal });
      await endOf(record, killMs, signal);
    }
    await this.#exited(record, undefined, ended);
  }

  async #conmonAlive(id: string): Promise<boolean> {
    const pid = await conmonPid(this.#context().paths.container(id).conmonPidFile);
    return pid !== undefined && (await isConmonOf(pid, id));
  }

  /** `ended` tells, where there is no exit file, that the container was ended because its conmon was killed. */
  async #exited(
    record: ContainerRecord,
    exit: ContainerExit | undefined,
    ended = false,
  ): Promise<ContainerRecord | undefined> {
    const context = this.#context();
    const { id } = record;
    await killLeftovers(context, record);
    const outcome = await (exit ? exitOutcome(context, record, exit) : unknownOutcome(context, record, ended));
    const ran = await this.#ranUnrecorded(record);
    const live = [ContainerPhase.CONTAINER_PHASE_CREATED, ContainerPhase.CONTAINER_PHASE_RUNNING];
    context.stopSignals.forget(id);
    const { moved, record: now } = await moveContainer(context, id, live, (current) => ({
      ...outcome,
      phase: ContainerPhase.CONTAINER_PHASE_EXITED,
      // When exactly died with the executor that started it.
      startedAt: current.startedAt || (ran ? current.createdAt : 0n),
      finishedAt: latest(exit?.at ?? nowNanos(), current.startedAt, current.createdAt),
    }));
    if (moved) {
      const { exitCode, reason } = outcome;
      if (exit) context.log.info({ container: id, exitCode, reason }, 'container exited');
      else context.log.warn({ container: id, exitCode, reason }, 'container ended and its conmon did not say how');
    }
    return now;
  }

  /** Whether a container that ended as CREATED had been started by an executor that was killed before it wrote so down. */
  async #ranUnrecorded(record: ContainerRecord): Promise<boolean> {
    if (record.phase !== ContainerPhase.CONTAINER_PHASE_CREATED) return false;
    return await this.#context().runtime.hasStarted(record.id, { deadline: deadlineIn(conmonMs) });
  }
}

/** A file's time comes from a clock that ticks every few milliseconds: it can lie before the start of what has ended. */
function latest(...times: bigint[]): bigint {
  return times.reduce((latest, time) => (time > latest ? time : latest));
}
