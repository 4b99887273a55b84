/** A frame of the peer breaks the protocol: the session ends with GOAWAY, others go on. */
export class SpdyProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SpdyProtocolError';
  }
}
