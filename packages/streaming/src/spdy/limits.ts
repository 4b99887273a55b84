/** Limits of a session. Every number is a cap on memory that a hostile peer can reach. */
export interface SpdyLimits {
  /** Streams that the peer may have open at a time; more are refused. */
  maxStreams: number;
  /** Largest control frame accepted, in bytes. */
  maxControlBytes: number;
  /** Largest header block after decompression, in bytes. */
  maxHeaderBytes: number;
  /** Window of each stream that the peer sends on, in bytes. */
  windowBytes: number;
  /** Bytes received and not taken by the application, over all streams: reading stops there. */
  maxUnreadBytes: number;
  /** Bytes of replies (pings, resets, window updates) waiting for a peer that does not read: reading stops there. */
  maxReplyBytes: number;
  /** Largest DATA frame sent. */
  maxFrameBytes: number;
}

export const defaultLimits: SpdyLimits = {
  maxStreams: 1024,
  maxControlBytes: 64 * 1024,
  maxHeaderBytes: 64 * 1024,
  windowBytes: 256 * 1024,
  maxUnreadBytes: 8 * 1024 * 1024,
  maxReplyBytes: 1024 * 1024,
  maxFrameBytes: 64 * 1024,
};
