import { Request, Response } from '../gen/ttrpc.js';
import { TtrpcError } from './ttrpc-error.js';
import { encodeMessage, MAX_PAYLOAD, MessageParser, messageTypes } from './ttrpc-frames.js';

/** gRPC status codes that the server answers by itself. */
const codes = { unknown: 2, unimplemented: 12, resourceExhausted: 8 } as const;

/** Answers a method's payload; a TtrpcError's code reaches the caller, any other error becomes UNKNOWN. */
export type Handler = (payload: Uint8Array) => Promise<Uint8Array>;

/** Serves a ttrpc service on a connection: only unary calls, because NRI has no others. */
export class TtrpcServer {
  readonly #parser = new MessageParser(({ streamId, type, payload }) => {
    if (type !== messageTypes.request) throw new Error(`a message of type ${type} where a request was due`);
    this.#answer(streamId, Request.decode(payload)).catch(() => undefined);
  });

  constructor(
    readonly service: string,
    readonly handlers: Readonly<Record<string, Handler>>,
    readonly send: (bytes: Uint8Array) => void,
  ) {}

  /** Takes what the connection brought. @throws Error where it is no ttrpc */
  receive(bytes: Buffer): void {
    this.#parser.push(bytes);
  }

  async #answer(stream: number, { service, method, payload }: Request): Promise<void> {
    const response = await this.#run(service, method, payload);
    let bytes = Response.encode(response);
    if (bytes.length > MAX_PAYLOAD) {
      bytes = Response.encode({ status: { code: codes.resourceExhausted, message: 'the response is too long' } });
    }
    for (const piece of encodeMessage(stream, messageTypes.response, bytes)) this.send(piece);
  }

  async #run(service: string, method: string, payload: Uint8Array): Promise<Parameters<typeof Response.encode>[0]> {
    const handler =
      service === this.service && Object.hasOwn(this.handlers, method) ? this.handlers[method] : undefined;
    if (!handler) return { status: { code: codes.unimplemented, message: `there is no ${service}/${method}` } };
    try {
      return { payload: await handler(payload) };
    } catch (error) {
      const code = error instanceof TtrpcError ? error.code : codes.unknown;
      return { status: { code, message: (error as Error).message } };
    }
  }
}
