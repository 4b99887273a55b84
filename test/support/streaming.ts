import { PassThrough, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { runRemoteCommand, type TerminalSize } from '@slipway/streaming';
import { type ClientOptions, WebSocket } from 'ws';

/** What a command printed, and how it ended. */
export interface Outcome {
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
}

export class Sink extends Writable {
  readonly parts: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.parts.push(chunk);
    done();
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  text(): string {
    return this.bytes().toString();
  }

  async has(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!pattern.test(this.text())) {
      if (Date.now() > end) throw new Error(`${pattern} never came: ${JSON.stringify(this.text().slice(-400))}`);
      await sleep(10);
    }
  }
}

/** A client that stays: what is written to `stdin` goes out at once. */
export interface Session {
  stdin: PassThrough;
  stdout: Sink;
  stderr: Sink;
  resize(size: TerminalSize): void;
  /** The exit code. */
  done: Promise<number>;
  /** Breaks the connection, as a client that is killed does. */
  vanish(): void;
}

export interface SessionOptions {
  stdin?: boolean;
  tty?: boolean;
  size?: TerminalSize;
}

/** Opens an exec or attach URL over SPDY. */
export function openSession(url: string, { stdin: hasStdin = true, tty = false, size }: SessionOptions = {}): Session {
  const [stdin, stdout, stderr] = [new PassThrough(), new Sink(), new Sink()];
  const sizes = new PassThrough({ objectMode: true });
  if (size) sizes.write(size);
  const abort = new AbortController();
  const done = runRemoteCommand(url, {
    stdin: hasStdin ? stdin : undefined,
    stdout,
    stderr: tty ? undefined : stderr,
    tty,
    resize: sizes as AsyncIterable<TerminalSize>,
    signal: abort.signal,
  });
  done.catch(() => undefined);
  return { stdin, stdout, stderr, done, resize: (next) => void sizes.write(next), vanish: () => abort.abort() };
}

/** Runs a command over SPDY with an input that ends. */
export async function spdyCommand(url: string, input?: Buffer): Promise<Outcome> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const stdin = input && Readable.from(pieces(input));
  const exitCode = await runRemoteCommand(url, { stdin, stdout, stderr });
  return { exitCode, stdout: stdout.bytes(), stderr: stderr.bytes() };
}

/** The same over a WebSocket (v5.channel.k8s.io): a channel number before each message, 255 closes a channel. */
export async function webSocketCommand(url: string, input?: Buffer, tls: ClientOptions = {}): Promise<Outcome> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), ['v5.channel.k8s.io'], tls);
  const outputs: Buffer[][] = [[], [], [], []];
  socket.on('message', (data: Buffer) => outputs[data[0] ?? 0]?.push(data.subarray(1)));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  if (input) {
    for (const piece of pieces(input)) {
      await new Promise((resolve) => socket.send(Buffer.concat([Buffer.of(0), piece]), resolve));
    }
    socket.send(Buffer.of(255, 0));
  }
  await closed;
  const [stdout, stderr, status] = outputs.slice(1).map((parts) => Buffer.concat(parts));
  const { details } = JSON.parse(String(status)) as { details?: { causes: { message: string }[] } };
  const exitCode = Number(details?.causes[0]?.message ?? 0);
  return { exitCode, stdout: stdout ?? Buffer.alloc(0), stderr: stderr ?? Buffer.alloc(0) };
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
}
