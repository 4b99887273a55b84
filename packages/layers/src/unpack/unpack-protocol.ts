import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from '@slipway/errors';
import type { LayerInfo } from '../store/layer-info.js';
import type { UnpackLayerRequest } from './unpack-layer.js';

/*
 * The unpacker and its threads speak by messages, one job at a time:
 *
 *   unpacker ── UnpackLayerRequest ────▶ thread
 *   unpacker ◀── progress* ───────────── thread
 *   unpacker ◀── done | failed ───────── thread     then the next request
 *
 * Over a channel besides, `spawns`, it has the unpacker start decompressors: a process has one thread with their filter.
 *
 *   unpacker ◀── SpawnRequest ────────── thread
 *   unpacker ── SpawnReply ────────────▶ thread
 *
 * A thread at work reads no messages of the first kind: to cancel a job the unpacker sets `stop`, which the thread
 * looks at between two chunks and answers with failed, CANCELLED, when all its files are closed.
 * A thread that ends without done or failed has crashed.
 */
export type UnpackJob = UnpackLayerRequest;

export interface UnpackThreadData {
  /** A number in shared memory: 1 is stop. */
  readonly stop: Int32Array;
  readonly spawns: MessagePort;
}

export type SpawnReply = { readonly pid: number } | { readonly message: string };

export type UnpackReply =
  | { readonly kind: 'progress'; readonly archiveBytes: number; readonly entries: number }
  | { readonly kind: 'done'; readonly info: LayerInfo }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string };
