import type { ProcessRights } from '@slipway/capabilities';
import type { ChildRemains } from './child.js';
import type { SocketPlan } from './held-sockets.js';

/** How a process is started, watched and ended. */
export interface ProcessSpec {
  /** How it is called in logs and `slipway status`: `nats`, `puller-0`, `executor.crun-1`. */
  name: string;
  command: string;
  args: readonly string[];
  /** The arguments of each start, where they change. Default: args. */
  argsNow?: () => readonly string[];
  env?: NodeJS.ProcessEnv;
  /** The rights of its next start. Default: those of this process. */
  rights?: () => ProcessRights;
  /** The version of Slipway that it is of; a server has none. */
  version?: string;
  /** The listening sockets that it serves. */
  sockets?: readonly SocketPlan[];
  /** Opens one of them; undefined for one that it begins without. Default: it has none. */
  openSocket?: (socket: SocketPlan) => Promise<number | undefined>;
  /** Rejects while it is not up. Without it the process tells by itself, see `ServiceMessage`. */
  ready?: () => Promise<void>;
  /** Resolves when what it cannot start without is up. Asked before each start, so that it does not crash for want of it. */
  needs?: (signal: AbortSignal) => Promise<void>;
  /** How its lines are read where they are no JSON logs. Without it they go out as they are. */
  logs?: (line: string) => { level: 'debug' | 'warn' | 'error'; text: string };
  /** Resolves when it answers anything at all. Without it the process answers pings over its channel. */
  alive?: () => Promise<void>;
  /** Told how it ended when it did so by itself: a signal's name or `exit <code>`. */
  ended?: (end: string) => void;
  /** Milliseconds from SIGTERM to SIGKILL. Default 10 000. */
  stopMs?: number;
  /**
   * Milliseconds without an answer after which it is killed and started again. Default, and 0: never. Each start that is
   * killed before its first answer gives the next one twice as long for that, up to 32 times.
   */
  hungMs?: number | undefined;
}

/**
 * The states of a process that this supervisor runs:
 *
 *     starting ──▶ ready ── drain ──▶ draining ── nothing in flight ──▶ drained
 *       ▲  └─────────────────────────── begins drained ─────────────────▶ │
 *       │            ◀────────────────────── undrain ─────────────────────┘
 *       └─ waiting ◀── it ended by itself, whatever it was
 *
 * From each of them `stop` leads over draining to stopped, and then it is gone. A process that ended while it was drained
 * is started again drained: it never takes a call in between.
 */
export type ProcessState = 'starting' | 'ready' | 'waiting' | 'draining' | 'drained' | 'stopped';

/** State of a process for the next supervisor in this one. */
export interface ProcessRemains {
  /** Undefined where it waits to be started again. */
  child: ChildRemains | undefined;
  state: ProcessState;
  drained: boolean;
  restarts: number;
  http: string | undefined;
  instance: string | undefined;
  version: string | undefined;
}
