import type { Deadline } from '@slipway/time';
import type { JsonObject } from '../list/plugin-conf.js';

/** One call of a native plugin, as it goes to the thread that carries it out. */
export interface PluginCall {
  command: 'ADD' | 'DEL';
  /** The configuration of the call (CNI spec 1.0 section 3), of which the native plugin knows every key. */
  conf: JsonObject;
  containerId: string;
  /** Empty when the namespace is gone (DEL only). */
  netns: string;
  ifname: string;
  deadline: Deadline;
}

/**
 * main ── ThreadRequest ──▶ thread, one at a time. main ◀── ThreadAnswer ── thread.
 * `failure` is the plugin's error, in the words of the program where it has some. `unexpected` is an answer of the
 * kernel that the plugin has no rule for: what ADD had made is gone again, and the program may try.
 */
export interface ThreadRequest {
  id: number;
  call: PluginCall;
}
export type ThreadAnswer = { id: number } & (
  | { result: JsonObject | undefined }
  | { failure: string }
  | { unexpected: string; stranded: boolean }
);

/** How a native plugin ended. */
export type NativeOutcome =
  | { result: JsonObject | undefined }
  /** The plugin's own error. */
  | { failure: string }
  /**
   * The kernel or a tool answered what the plugin has no rule for, or the thread ended: the program may try, with the
   * configuration `remaining` where a part of DEL is done.
   */
  | { unexpected: string; remaining?: JsonObject }
  /** Nothing was done: the program is to do it. */
  | { declined: string }
  | { killed: 'deadline' | 'cancelled' };

/** Receives the reason why a call goes on to the plugin's program after the native plugin has failed. */
export type UnexpectedListener = (reason: string, call: PluginCall) => void;

/** An error that the plugin reports. */
export class CniFailure extends Error {}

const never = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps this thread. */
export function pause(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
