import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@slipway/telemetry';
import type { UpgradeOrder } from './hand-over.js';
import { replaceFile } from './no-room.js';
import type { ProcessState } from './process-spec.js';

/** The file that `slipway status` and tests read: <state>/up.json, written at each change. */
export interface UpState {
  pid: number;
  node: string;
  socket: string;
  nats: string;
  redis: string;
  ready: boolean;
  /** Version of the supervisor. */
  version: string;
  /** The last upgrade, while its outcome is of interest. */
  upgrade?: UpgradeState;
  processes: {
    name: string;
    pid?: number;
    state: ProcessState;
    restarts: number;
    http?: string;
    version?: string;
    /** Whether it was replaced, and ends what it has begun. */
    leaving?: boolean;
  }[];
}

export interface UpgradeState extends UpgradeOrder {
  state: 'running' | 'done' | 'failed';
  /** The group or server that is being replaced. */
  step?: string;
  error?: string;
}

/** Milliseconds between two tries to write the file. */
const RETRY_MS = 5000;

/**
 * The file of a supervisor. Where it cannot be written, as on a full file system, the supervisor runs on without: the
 * newest content is written when there is room.
 */
export class StateFile {
  readonly #file: string;
  #retry: NodeJS.Timeout | undefined;
  #content: UpState | undefined;

  constructor(
    state: string,
    readonly log: Logger,
    readonly retryMs = RETRY_MS,
  ) {
    this.#file = join(state, 'up.json');
  }

  write(content: UpState): void {
    this.#content = content;
    if (this.#retry === undefined) this.#write();
  }

  /** Removes the file; nothing is written any more. */
  remove(): void {
    clearTimeout(this.#retry);
    this.#content = undefined;
    this.#removed(this.#file);
  }

  #write(): void {
    const failedBefore = this.#retry !== undefined;
    this.#retry = undefined;
    if (!this.#content) return;
    try {
      replaceFile(this.#file, `${JSON.stringify(this.#content, null, 2)}\n`);
      if (failedBefore) this.log.info({ file: this.#file }, 'the state of the supervisor is on disk again');
    } catch (error) {
      if (!failedBefore) {
        this.log.error(
          { err: error, file: this.#file },
          'the state of the supervisor cannot be written: slipway status shows an older one until there is room',
        );
      }
      this.#retry = setTimeout(() => this.#write(), this.retryMs);
      this.#retry.unref();
    }
  }

  #removed(path: string): void {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      this.log.warn({ err: error, path }, 'a file cannot be removed');
    }
  }
}

export function readUpState(state: string): UpState | undefined {
  try {
    return JSON.parse(readFileSync(join(state, 'up.json'), 'utf8')) as UpState;
  } catch {
    return undefined;
  }
}
