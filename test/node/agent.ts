// Runs in the guest as lane-agent.service and does what the tests on the host ask for over the serial line: it runs
// scripts, reads and writes files, and connects to unix sockets. It imports nothing but node: it is one file there.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { ReadStream, WriteStream } from 'node:tty';

/** From the host. A line is a JSON list of them, or names a file in the share with that; bytes are in base64. */
export type Request =
  | { op: 'run'; id: number; script: string; timeoutMs: number }
  | { op: 'read'; id: number; path: string }
  | { op: 'write'; id: number; path: string; content: string }
  | { op: 'open'; stream: number; path: string }
  | { op: 'data'; stream: number; data: string }
  | { op: 'end'; stream: number };

/**
 * To the host, one a line. `hello` comes once, when the guest takes requests, `got` for each line of requests; `large`
 * names a file in the share with the answer.
 */
export type Answer =
  | { op: 'hello' }
  | { op: 'got' }
  | { op: 'large'; file: string }
  | { op: 'ran'; id: number; code: number; stdout: string; stderr: string }
  | { op: 'content'; id: number; content: string | undefined }
  | { op: 'written'; id: number }
  | { op: 'failed'; id: number; message: string }
  | { op: 'data'; stream: number; data: string }
  | { op: 'end'; stream: number };

const input = new ReadStream(0);
// No echo, no line editing, all eight bits.
input.setRawMode(true);
const output = new WriteStream(0);
/** A serial line of User-mode Linux does not go on once the host was slow to read what fills the socket behind it. */
const longestLine = 32_768;
let large = 0;

function send(answer: Answer): void {
  let line = JSON.stringify(answer);
  if (line.length > longestLine) {
    const file = `answer-${process.pid}-${++large}`;
    writeFileSync(`/host/${file}`, line);
    line = JSON.stringify({ op: 'large', file } satisfies Answer);
  }
  output.write(`${line}\n`);
}

const streams = new Map<number, Socket>();

function open(stream: number, path: string): void {
  const socket = connect(path);
  streams.set(stream, socket);
  socket.on('data', (chunk) => send({ op: 'data', stream, data: chunk.toString('base64') }));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (streams.delete(stream)) send({ op: 'end', stream });
  });
}

function run({ id, script, timeoutMs }: Extract<Request, { op: 'run' }>): void {
  // A session of its own, so that the time limit ends what the script started as well.
  const child = spawn('/bin/bash', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const limit = setTimeout(() => {
    stderr.push(Buffer.from(`not done in ${timeoutMs} ms`));
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, timeoutMs);
  let answered = false;
  const answer = (code: number | null): void => {
    if (answered) return;
    answered = true;
    clearTimeout(limit);
    const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString();
    send({ op: 'ran', id, code: code ?? -1, stdout: text(stdout), stderr: text(stderr) });
  };
  child.once('close', answer);
  // What a script leaves running may hold its output open.
  child.once('exit', (code) => setTimeout(answer, 500, code));
}

function serve(request: Request): void {
  if (request.op === 'run') run(request);
  else if (request.op === 'read') {
    const { id, path } = request;
    send({ op: 'content', id, content: existsSync(path) ? readFileSync(path).toString('base64') : undefined });
  } else if (request.op === 'write') {
    mkdirSync(dirname(request.path), { recursive: true });
    writeFileSync(request.path, Buffer.from(request.content, 'base64'));
    send({ op: 'written', id: request.id });
  } else if (request.op === 'open') open(request.stream, request.path);
  else if (request.op === 'data') streams.get(request.stream)?.write(Buffer.from(request.data, 'base64'));
  else {
    const socket = streams.get(request.stream);
    streams.delete(request.stream);
    socket?.destroy();
  }
}

createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
  let requests: Request[] | { file: string };
  try {
    requests = JSON.parse(line) as typeof requests;
  } catch {
    // What the terminal held before it was raw.
    return;
  }
  if ('file' in requests) {
    const file = `/host/${requests.file}`;
    requests = JSON.parse(readFileSync(file, 'utf8')) as Request[];
    rmSync(file);
  }
  send({ op: 'got' });
  for (const request of requests) {
    try {
      serve(request);
    } catch (error) {
      if ('id' in request) send({ op: 'failed', id: request.id, message: (error as Error).message });
    }
  }
});
send({ op: 'hello' });
