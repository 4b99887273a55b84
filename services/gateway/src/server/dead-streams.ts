import type { Server } from '@grpc/grpc-js';
import type { Http2Server, ServerHttp2Stream } from 'node:http2';

type StreamListener = (stream: ServerHttp2Stream, ...more: unknown[]) => void;

/**
 * Keeps streams from grpc-js that ended before it gets them. A client can reset a stream in the packet that opens it;
 * Node emits `stream` after the reset then, and grpc-js, where the request has no gRPC content type or names no method
 * that exists, answers it without a look: `respond` throws, and the exception would end the process and every other
 * client's calls with it.
 *
 * The HTTP/2 servers of grpc-js are not public API. A version that keeps them elsewhere fails here, at the start.
 */
export function ignoreDeadStreams(server: Server): void {
  const { http2Servers } = server as unknown as { http2Servers: Map<Http2Server, unknown> };
  for (const http2Server of http2Servers.keys()) {
    const listeners = http2Server.listeners('stream') as StreamListener[];
    http2Server.removeAllListeners('stream');
    http2Server.on('stream', (stream: ServerHttp2Stream, ...more: unknown[]) => {
      // The stream's end follows, which is what a call looks at; without a listener the error would end the process.
      stream.on('error', () => undefined);
      if (stream.destroyed || stream.closed) return;
      for (const listener of listeners) listener.call(http2Server, stream, ...more);
    });
  }
}
