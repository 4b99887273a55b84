import type { ErrorCode } from '@slipway/errors';
import type { UnpackArchiveRequest, UnpackedArchive } from './unpack-archive.js';

/*
 * Parent and unpack process speak over Node's IPC channel, one job at a time:
 *
 *   parent ── UnpackArchiveRequest ──▶ child
 *   parent ◀── progress* ───────────── child
 *   parent ◀── done | failed ───────── child     then the next request
 *
 * A closed channel ends the child; a child that ends without done or failed has crashed.
 */
export type UnpackJob = UnpackArchiveRequest;

export type UnpackReply =
  | { readonly kind: 'progress'; readonly archiveBytes: number; readonly entries: number }
  | { readonly kind: 'done'; readonly result: UnpackedArchive }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string };
