import type { StageLoad } from '@slipway/stage';

/**
 * Messages between a supervisor and a service that it started, over the IPC channel between them.
 *
 *     service                            supervisor
 *       │ ── ready: health, instance ──────▶ │
 *       │ ◀── { id, command } ────────────── │   ping, drain, undrain, status, configure
 *       │ ── { reply: id, result | error } ─▶ │
 *       │ ── draining ─────────────────────▶ │   it was asked to end
 *
 * Commands other than `ping` that come before the service is ready wait until it is. A service that answers nothing for
 * `up.hungMs` is killed. The other way round, the end of the channel tells a service that its supervisor is gone.
 */
export type ServiceMessage =
  | {
      state: 'ready' | 'draining';
      /** Where its health and metrics are. */
      http?: string;
      /** Its name on the bus. */
      instance?: string;
    }
  | { reply: number; result?: unknown; error?: string };

export type SupervisorCommand =
  /** Answered immediately, also while the service starts: its event loop turns. */
  | { command: 'ping' }
  /** Take no new work; the reply comes when none is in flight. Containers and streams stay. */
  | { command: 'drain' }
  | { command: 'undrain' }
  /** The reply is a {@link ServiceStatus}. */
  | { command: 'status' }
  /** Take over settings, by dotted key, that can change live. */
  | { command: 'configure'; settings: Record<string, string> };

export type SupervisorMessage = SupervisorCommand & { id: number };

/** A service's report of itself. */
export interface ServiceStatus {
  load: StageLoad;
  executor?: ExecutorStatus | undefined;
}

export interface ExecutorStatus {
  /** The runtime's, as its binary prints it. */
  version: string;
  path: string;
  ready: boolean;
  /** Why it is not ready; `probing` while that is not known. */
  reason: string;
  /** Live containers whose end it watches for. */
  containers: number;
  /** Streaming sessions that are open, and URLs for one that nobody has used yet. */
  streams: number;
}
