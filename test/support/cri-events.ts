import { Client, type ClientReadableStream, credentials, type ServiceError } from '@grpc/grpc-js';
import { ContainerEventResponse, ContainerEventType, RuntimeService } from '@slipway/cri';

/** A GetContainerEvents call, with what it has brought so far. */
export class CriEvents {
  readonly events: ContainerEventResponse[] = [];
  /** How the stream ended. */
  ended: ServiceError | 'ended' | undefined;
  readonly #client: Client;
  readonly #stream: ClientReadableStream<ContainerEventResponse>;

  constructor(socket: string) {
    this.#client = new Client(`unix://${socket}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
    });
    const { request, response } = RuntimeService.methods.getContainerEvents;
    this.#stream = this.#client.makeServerStreamRequest(
      '/runtime.v1.RuntimeService/GetContainerEvents',
      () => Buffer.from(request.encode({})),
      (bytes) => response.decode(bytes),
      {},
    );
    this.#stream.on('data', (event: ContainerEventResponse) => this.events.push(event));
    this.#stream.on('error', (error: ServiceError) => (this.ended ??= error));
    this.#stream.on('end', () => (this.ended ??= 'ended'));
  }

  /** The types, in order, of what happened to a container or sandbox: CREATED, STARTED, STOPPED, DELETED. */
  of(id: string): string[] {
    return this.events.filter(({ containerId }) => containerId === id).map(typeName);
  }

  /** Stops to read; what the connection does not hold waits at the other end. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }
}

export function typeName({ containerEventType }: ContainerEventResponse): string {
  const [name = ''] = Object.entries(ContainerEventType).find(([, value]) => value === containerEventType) ?? [];
  return name.replace(/^CONTAINER_|_EVENT$/g, '');
}
