/** A peer's error instead of a response; `code` is a gRPC status code. */
export class TtrpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
    this.name = 'TtrpcError';
  }
}

/** The connection is of no use any more: closed, out of step, or its peer does not answer in time. */
export class TtrpcFatal extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TtrpcFatal';
  }
}

/** The request would be longer than a message can be. */
export class TtrpcOversized extends Error {
  constructor(readonly length: number) {
    super(`a request of ${length} bytes is longer than a message can be`);
    this.name = 'TtrpcOversized';
  }
}
