import { open } from 'node:fs/promises';
import { ReadBlobRequest, ReadBlobResponse } from '@slipway/contracts';
import { Digester, digestAlgorithm } from '@slipway/digest';
import { type Descriptor } from '@slipway/registry';
import type { Bus } from '@slipway/stage';
import { Limit } from '@slipway/time';
import type { Msg } from 'nats';
import { pieceBytes, readSubject } from './subjects.js';

/** The most bytes in flight: a round trip of 10 ms still carries 400 MB/s. */
const windowBytes = 4 << 20;
/** A node's speed counts after this time, ms: the first pieces tell little. */
const patienceMs = 2000;
const readBytes = 1 << 20;

/** Why a node's blob did not come whole. `lied`: bytes came that are not the blob's. */
export class PeerFault extends Error {
  constructor(
    message: string,
    readonly lied = false,
  ) {
    super(message);
    this.name = 'PeerFault';
  }
}

export interface ReadOptions {
  readonly bus: Bus;
  readonly node: string;
  readonly blob: Descriptor;
  /** Bytes without a gap are kept; after a fault the bytes so far stay, unless the node lied. */
  readonly path: string;
  /** The most that a node sends to all that ask it. Requests in flight stay below the amount at which it refuses. */
  readonly bytesPerSecond: number;
  /** A node that lets a question wait for longer is given up, ms. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
  /** `onDisk` bytes of the blob, `count` of them new. */
  onBytes(onDisk: number, count: number): void;
}

/**
 * Fetches a blob from a node, piece by piece: a window of questions is under way, and the next one is asked when a
 * piece is on disk. The digest is made of the bytes as they are written; on return the file is whole and verified.
 * @throws PeerFault, or the signal's reason
 */
export async function readBlob(options: ReadOptions): Promise<void> {
  const { blob, path, signal, node } = options;
  const file = await open(path, 'a+', 0o600);
  try {
    const digester = new Digester(digestAlgorithm(blob.digest));
    let at = (await file.stat()).size;
    if (at > blob.size) throw new PeerFault(`${path} is longer than the blob`, true);
    for (let done = 0; done < at; ) {
      const buffer = Buffer.allocUnsafe(Math.min(readBytes, at - done));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, done);
      digester.update(buffer.subarray(0, bytesRead));
      done += bytesRead;
    }
    const { leastBytesPerSecond, windowPieces } = pace(options.bytesPerSecond);
    const started = performance.now();
    const begin = at;
    const pieces: Promise<Uint8Array>[] = [];
    const stop = new AbortController();
    using limit = new Limit({ signals: [signal, stop.signal] });
    let asked = at;
    try {
      while (at < blob.size) {
        for (; asked < blob.size && pieces.length < windowPieces; asked += pieceBytes) {
          const asking = askPiece(options, asked, Math.min(pieceBytes, blob.size - asked), limit.signal);
          // Those behind a failed piece fail too, and nobody waits for them any more.
          asking.catch(() => undefined);
          pieces.push(asking);
        }
        const data = await (pieces.shift() as Promise<Uint8Array>);
        await file.write(data);
        digester.update(data);
        at += data.length;
        options.onBytes(at, data.length);
        const ms = performance.now() - started;
        const speed = ((at - begin) / ms) * 1000;
        if (ms > patienceMs && speed < leastBytesPerSecond)
          throw new PeerFault(`node ${node} sends ${Math.round(speed)} bytes a second, too few`);
      }
    } finally {
      stop.abort(new PeerFault('given up'));
    }
    const actual = digester.digest();
    if (actual !== blob.digest) throw new PeerFault(`the bytes of node ${node} have the digest ${actual}`, true);
  } catch (error) {
    if (error instanceof PeerFault && error.lied) await file.truncate(0);
    throw error;
  } finally {
    await file.close();
  }
}

/** A node is worth its time as long as it sends a quarter of what it may, or as much as a registry is sure to. */
function pace(bytesPerSecond: number): { leastBytesPerSecond: number; windowPieces: number } {
  const window = Math.min(windowBytes, bytesPerSecond / 4);
  return {
    leastBytesPerSecond: Math.min(4 << 20, bytesPerSecond / 4),
    windowPieces: Math.max(1, Math.floor(window / pieceBytes)),
  };
}

function askPiece(
  { bus, node, blob, silenceMs }: ReadOptions,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      replies.release();
    };
    const fail = (reason: Error): void => {
      end();
      reject(reason);
    };
    const leave = (): void => fail(signal.reason as Error);
    const hear = (message: Msg): void => {
      if (message.headers?.code === 503) return fail(new PeerFault(`node ${node} is gone`));
      let answer: ReadBlobResponse;
      try {
        answer = ReadBlobResponse.decode(message.data);
      } catch {
        return fail(new PeerFault(`node ${node} answers what is no piece`));
      }
      if (answer.refusal !== '') return fail(new PeerFault(`node ${node} refuses: ${answer.refusal}`));
      if (answer.data.length !== length) {
        return fail(new PeerFault(`node ${node} sent ${answer.data.length} bytes where ${length} were asked for`));
      }
      end();
      resolve(answer.data);
    };
    const replies = bus.expectReplies('peer', hear);
    const timer = setTimeout(() => fail(new PeerFault(`node ${node} was silent for ${silenceMs} ms`)), silenceMs);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted || bus.connection.isClosed()) {
      return fail(signal.aborted ? (signal.reason as Error) : new PeerFault('the connection is closed'));
    }
    const question = ReadBlobRequest.encode({ digest: blob.digest, offset: BigInt(offset), length });
    try {
      bus.connection.publish(readSubject(node), question, { reply: replies.subject });
    } catch (error) {
      fail(new PeerFault(`node ${node} cannot be asked: ${(error as Error).message}`));
    }
  });
}
