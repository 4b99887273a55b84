import { Client, credentials } from '@grpc/grpc-js';
import { ContainerEventResponse, RuntimeService } from '@slipway/cri';

/**
 * Events of containers and pods from now on, from GetContainerEvents, until `signal` aborts. Throws
 * grpc-js' ServiceError when the stream ends otherwise. Events that were not read yet wait at the other end.
 */
export async function* watchContainerEvents(
  socket: string,
  signal: AbortSignal,
): AsyncGenerator<ContainerEventResponse, void> {
  const client = new Client(`unix://${socket}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': 16 << 20,
  });
  const { request, response } = RuntimeService.methods.getContainerEvents;
  const stream = client.makeServerStreamRequest(
    `/${RuntimeService.name}/GetContainerEvents`,
    (message: object) => Buffer.from(request.encode(message)),
    (bytes) => response.decode(bytes),
    {},
  );
  const stop = (): void => stream.cancel();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const event of stream) yield event as ContainerEventResponse;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    client.close();
  }
}
