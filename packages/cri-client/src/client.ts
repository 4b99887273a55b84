import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type CriVersion, ImageService, RuntimeService } from '@slipway/cri';
import type { Codec, Init } from '@slipway/protobuf';

interface Method {
  readonly name: string;
  readonly request: Codec<never>;
  readonly response: Codec<never>;
  readonly responseStream?: boolean;
}

type Message<C> = C extends Codec<infer T> ? T : never;
type Answer<M> = M extends { responseStream: true; response: infer R }
  ? Message<R>[]
  : M extends { response: infer R }
    ? Message<R>
    : never;

type Calls<S extends { methods: object }> = {
  [K in keyof S['methods']]: S['methods'][K] extends { request: infer R }
    ? (request?: Init<Message<R>>, options?: { timeoutMs?: number }) => Promise<Answer<S['methods'][K]>>
    : never;
};

/** Every RPC of the CRI as an async function; a streaming one answers the list of what it sent. */
export type CriClient = Calls<typeof RuntimeService> & Calls<typeof ImageService> & { close(): void };

/**
 * A CRI client as a kubelet is one: gRPC over the runtime's unix socket.
 * Calls reject with grpc-js' ServiceError (`code`, `details`).
 *
 * @param authority what requests name as their `:authority`: `localhost`, as current clients do, unless given
 * @param timeoutMs the deadline of calls that name none
 */
export function criClient(
  socket: string,
  version: CriVersion = 'v1',
  authority = 'localhost',
  timeoutMs = 60_000,
): CriClient {
  const client = new Client(`unix://${socket}`, credentials.createInsecure(), {
    'grpc.default_authority': authority,
    'grpc.max_receive_message_length': 16 << 20,
    'grpc.max_send_message_length': 16 << 20,
    // Each client has a connection of its own, as each process would.
    'grpc.use_local_subchannel_pool': 1,
    // A runtime that restarts is back in a fraction of the default second.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 500,
  });
  const calls: Record<string, unknown> = { close: () => client.close() };
  for (const service of [RuntimeService, ImageService]) {
    const name = service.name.replace('runtime.v1.', `runtime.${version}.`);
    for (const [key, method] of Object.entries(service.methods) as unknown as [string, Method][]) {
      calls[key] = (request: Init<never>, options: { timeoutMs?: number } = {}) =>
        call(client, `/${name}/${method.name}`, method, request ?? ({} as never), options.timeoutMs ?? timeoutMs);
    }
  }
  return calls as unknown as CriClient;
}

function call(client: Client, path: string, method: Method, request: Init<never>, timeoutMs: number): Promise<unknown> {
  const encode = (message: Init<never>) => Buffer.from(method.request.encode(message));
  const decode = (bytes: Buffer): unknown => method.response.decode(bytes);
  const options = { deadline: Date.now() + timeoutMs };
  return new Promise((resolve, reject) => {
    if (method.responseStream) {
      const messages: unknown[] = [];
      const stream = client.makeServerStreamRequest(path, encode, decode, request, new Metadata(), options);
      stream.on('data', (message) => messages.push(message));
      stream.on('end', () => resolve(messages));
      stream.on('error', (error: ServiceError) => reject(mended(error)));
      return;
    }
    client.makeUnaryRequest(path, encode, decode, request, new Metadata(), options, (error, response) => {
      if (error) reject(mended(error));
      else resolve(response);
    });
  });
}

/**
 * A connection that is reset after its GOAWAY, as by a gateway that is killed while it ends, is UNAVAILABLE for grpc-go.
 * Node's HTTP/2 client closes its streams with NO_ERROR then, which grpc-js takes for a fault of the server's.
 */
function mended(error: ServiceError): ServiceError {
  if (error.code === status.INTERNAL && error.details.startsWith('Received RST_STREAM with code 0 ')) {
    error.code = status.UNAVAILABLE;
    error.details = 'Connection dropped';
    error.message = `${status.UNAVAILABLE} UNAVAILABLE: ${error.details}`;
  }
  return error;
}

/** The name of a rejected call's gRPC status, for example NOT_FOUND. */
export function statusName(error: unknown): string {
  return status[(error as ServiceError).code] ?? String(error);
}
