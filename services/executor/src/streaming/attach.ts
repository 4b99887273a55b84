import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { attachSocketPath, resizeTerminal } from '@slipway/conmon';
import type { AttachCall, ContainerRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { connectSeqpacket, hasCode } from '@slipway/linux';
import type { CommandStreams } from '@slipway/streaming';
import type { ExecutorContext } from '../context.js';
import { feed } from './input.js';
import { runningContainer } from './running-container.js';

/** The first byte of each packet (conmon conn_sock.c). */
const stdoutPacket = 2;
const stderrPacket = 3;
/** conmon waits for the slowest of its clients, and the container and its log with it: one that reads nothing must go. */
const stallMs = 10_000;

/**
 * Joins a client to the streams of a running or created container through the socket of its conmon, which writes the log as before
 * and serves any number of clients. Answers 0 when the container has ended. A client that leaves does no harm; with
 * `stdin_once` conmon then closes the container's stdin.
 */
export async function attach(context: ExecutorContext, request: AttachCall, streams: CommandStreams): Promise<number> {
  const record = await runningContainer(context, request.id, true);
  const { stdin, stdout, stderr, resize, signal } = streams;
  const socket = await connectConmon(context, record, signal);
  const onAbort = (): void => leave(socket, record, request.stdin);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  followSizes(record, resize).catch((error: unknown) => {
    context.log.debug({ container: record.id, err: error }, 'a terminal could not be resized');
  });
  feed(stdin, socket);
  try {
    await new Promise<void>((resolve, reject) => {
      copyPackets(socket, { stdout, stderr }, () => {
        reject(new SlipwayError('DEADLINE', `the client read nothing for ${stallMs / 1000} seconds`));
      });
      const settle = (): void => (signal.aborted ? reject(signal.reason as Error) : resolve());
      socket.once('end', settle).once('close', settle);
      signal.addEventListener('abort', settle, { once: true });
    });
    return 0;
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!signal.aborted) leave(socket, record, request.stdin);
  }
}

async function connectConmon(context: ExecutorContext, record: ContainerRecord, signal: AbortSignal): Promise<Socket> {
  try {
    return await connectSeqpacket(attachSocketPath(context.paths.attach, record.id), { signal });
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ECONNREFUSED')) throw error;
    throw new SlipwayError('CONTAINER_STATE', 'nobody holds its streams any more', {
      object: `container ${record.id}`,
      cause: error,
    });
  }
}

/**
 * conmon takes any client's end for the end of the one that had stdin: where it would close a `stdin_once` container's
 * stdin, a client that only watched leaves its connection behind, and what comes on it is dropped.
 */
function leave(socket: Socket, record: ContainerRecord, hadStdin: boolean): void {
  const once = record.config?.stdin === true && record.config.stdinOnce;
  if (hadStdin || !once || socket.readableEnded) {
    socket.destroy();
    return;
  }
  socket.removeAllListeners('data');
  socket.on('data', () => undefined);
  socket.once('end', () => socket.destroy());
  socket.resume();
}

/** Each `data` event is one packet. A client is waited for, but not for ever. */
function copyPackets(
  socket: Socket,
  to: { stdout: Writable | undefined; stderr: Writable | undefined },
  onStall: () => void,
): void {
  const waiting = new Set<Writable>();
  const wait = (destination: Writable): void => {
    if (waiting.has(destination)) return;
    waiting.add(destination);
    socket.pause();
    const timer = setTimeout(onStall, stallMs);
    const go = (): void => {
      clearTimeout(timer);
      destination.off('drain', go);
      destination.off('close', go);
      waiting.delete(destination);
      if (waiting.size === 0) socket.resume();
    };
    destination.on('drain', go);
    destination.on('close', go);
  };
  socket.on('data', (packet: Buffer) => {
    const destination = packet[0] === stdoutPacket ? to.stdout : packet[0] === stderrPacket ? to.stderr : undefined;
    if (!destination || destination.destroyed || destination.write(packet.subarray(1))) return;
    wait(destination);
  });
}

async function followSizes(record: ContainerRecord, sizes: CommandStreams['resize']): Promise<void> {
  for await (const { rows, columns } of sizes) {
    if (!(await resizeTerminal(record.bundle, { width: columns, height: rows }))) return;
  }
}
