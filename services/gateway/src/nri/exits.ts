import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import { isSlipwayError } from '@slipway/errors';
import type { JournalReader } from '@slipway/records';
import { type Deadline, deadlineIn, hasPassed } from '@slipway/time';
import type { GatewayParts } from '../parts.js';

/** Milliseconds within which a new plugin is synchronized, or has left. */
const JOINING_MS = 60_000;

/**
 * Tells of containers that end, whoever ended them, each once. It reads the journal while there are plugins; a call
 * that ended a container need not wait for the journal and tells by itself.
 */
export class Exits {
  readonly #notified = new Map<string, Promise<void>>();
  #following = false;
  /** A plugin that is being synchronized is not among the subscribers yet. */
  #until: Deadline = deadlineIn(0);

  constructor(
    readonly gateway: Pick<GatewayParts, 'records' | 'log' | 'closing'>,
    readonly tell: (record: ContainerRecord) => Promise<void>,
    /** Whether anybody wants to hear. */
    readonly wanted: () => boolean,
  ) {}

  /**
   * Follows from now on. Called before the containers are listed for a plugin, so that none that ends after that is
   * missed; those that have ended are `known` to it by the list.
   */
  async follow(): Promise<void> {
    this.#until = deadlineIn(JOINING_MS);
    if (this.#following) return;
    this.#following = true;
    const { journal } = this.gateway.records;
    const reader = journal.open(await journal.end());
    this.#run(reader).catch((error: unknown) => {
      this.gateway.log.warn({ err: error }, 'NRI plugins get no more exit events until one connects');
      this.#following = false;
    });
  }

  /** Marks containers that ended before any plugin was connected. */
  known(records: readonly ContainerRecord[]): void {
    for (const { id, phase } of records) {
      if (hasEnded(phase) && !this.#notified.has(id)) this.#notified.set(id, Promise.resolve());
    }
  }

  /** Notifies plugins of a container's end once; resolves when they have answered. */
  async ended(record: ContainerRecord): Promise<void> {
    const notice = this.#notified.get(record.id) ?? this.tell(record);
    this.#notified.set(record.id, notice);
    await notice;
  }

  /**
   * Its record is about to be deleted. While the journal is followed that waits for the journal's own word of it: the entry
   * of its end may not have been read yet, and would be news once more.
   */
  forget(id: string): void {
    if (!this.#following) this.#notified.delete(id);
  }

  async #run(reader: JournalReader): Promise<void> {
    const { closing, log } = this.gateway;
    try {
      while (!closing.aborted && (this.wanted() || !hasPassed(this.#until))) {
        try {
          for (const change of await reader.next()) {
            if (change.kind !== 'containers') continue;
            if (change.after === undefined) this.#notified.delete(change.record.id);
            else if (hasEnded(change.after)) await this.ended(change.record);
          }
        } catch (error) {
          if (closing.aborted) return;
          if (!isSlipwayError(error) || error.code !== 'RECORDS_UNAVAILABLE') throw error;
          log.debug({ err: error }, 'the journal cannot be read now; it is tried again');
          await sleep(250);
        }
      }
    } finally {
      reader.close();
      this.#following = false;
      // Nobody wants to hear any more, and whoever comes next knows what has ended by the list.
      this.#notified.clear();
    }
  }
}

export function hasEnded(phase: ContainerPhase): boolean {
  return phase === ContainerPhase.CONTAINER_PHASE_EXITED;
}
