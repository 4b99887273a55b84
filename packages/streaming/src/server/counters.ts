/** Counts of a StreamingServer since its start: plain numbers, read for metrics. */
export interface StreamingCounters {
  /** URLs handed out. */
  issued: number;
  /** URLs that nobody used in time. */
  expired: number;
  /** Requests without a valid token. */
  rejected: number;
  /** Requests turned away because too many sessions were open. */
  overLimit: number;
  /** Sessions open now. */
  open: number;
  /** Sessions that ended, by how. */
  ended: { done: number; failed: number; refused: number; gone: number };
  bytesReceived: number;
  bytesSent: number;
}

export function newCounters(): StreamingCounters {
  return {
    issued: 0,
    expired: 0,
    rejected: 0,
    overLimit: 0,
    open: 0,
    ended: { done: 0, failed: 0, refused: 0, gone: 0 },
    bytesReceived: 0,
    bytesSent: 0,
  };
}
