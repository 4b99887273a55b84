import type { Codec, Init } from '@slipway/protobuf';
import { Request, Response } from '../gen/ttrpc.js';
import { TtrpcError, TtrpcFatal, TtrpcOversized } from './ttrpc-error.js';
import { encodeMessage, MAX_PAYLOAD, MessageParser, messageTypes } from './ttrpc-frames.js';

/** A method of a generated service table. */
export interface Method<Req, Res> {
  name: string;
  request: Codec<Req>;
  response: Codec<Res>;
}

interface Waiting {
  done(payload: Buffer): void;
  failed(error: Error): void;
}

/** Calls a ttrpc service over a connection. Any number of calls may be in flight. */
export class TtrpcClient {
  readonly #waiting = new Map<number, Waiting>();
  readonly #parser = new MessageParser(({ streamId, type, payload }) => {
    if (type !== messageTypes.response) throw new Error(`a message of type ${type} where a response was due`);
    const waiting = this.#waiting.get(streamId);
    this.#waiting.delete(streamId);
    waiting?.done(payload);
  });
  // A client's streams have odd numbers.
  #nextStream = 1;
  #closed: Error | undefined;

  constructor(
    readonly service: string,
    readonly send: (bytes: Uint8Array) => void,
  ) {}

  /** Takes what the connection brought. @throws Error where it is no ttrpc */
  receive(bytes: Buffer): void {
    this.#parser.push(bytes);
  }

  /** Ends all calls, those that wait and those to come. */
  close(error?: Error): void {
    this.#closed ??= new TtrpcFatal('the connection was closed', error ? { cause: error } : undefined);
    for (const waiting of this.#waiting.values()) waiting.failed(this.#closed);
    this.#waiting.clear();
  }

  /**
   * @throws TtrpcError what the peer answered; TtrpcFatal where it cannot answer any more, or did not within
   *   `timeoutMs`; TtrpcOversized where the request is too long
   */
  async call<Req, Res>(method: Method<Req, Res>, request: Init<Req>, timeoutMs: number): Promise<Res> {
    if (this.#closed) throw this.#closed;
    const message = Request.encode({
      service: this.service,
      method: method.name,
      payload: method.request.encode(request),
      timeoutNano: BigInt(timeoutMs) * 1_000_000n,
    });
    if (message.length > MAX_PAYLOAD) throw new TtrpcOversized(message.length);
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const payload = await new Promise<Buffer>((done, failed) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(stream);
        failed(new TtrpcFatal(`${method.name} was not answered within ${timeoutMs} ms`));
      }, timeoutMs);
      const settled =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          then(value);
        };
      this.#waiting.set(stream, { done: settled(done), failed: settled(failed) });
      for (const piece of encodeMessage(stream, messageTypes.request, message)) this.send(piece);
    });
    const { status, payload: answer } = Response.decode(payload);
    if (status && status.code !== 0) throw new TtrpcError(status.code, status.message);
    return method.response.decode(answer);
  }
}
