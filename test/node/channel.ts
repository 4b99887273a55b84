import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import type { Answer, Request } from './agent.js';
import { patience } from './patience.js';

/** How a script in the guest ended. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

type Reply = Extract<Answer, { id: number }>;
/** A request without the number that the channel gives it. */
type Unnumbered<R> = R extends { id: number } ? Omit<R, 'id'> : never;

/** Bytes that may be under way to the guest: a terminal there holds 4096, and may not go on once it was full. */
const longestLine = 1024;

/**
 * The host's end of the serial line to agent.ts. One line at a time is sent, and the next when the agent has it; what
 * gathers meanwhile goes together. What is longer than a line may be goes in a file of the share, named in the line.
 */
export class GuestChannel {
  /** Resolves when the agent takes requests. */
  readonly up: Promise<void>;
  readonly #waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  readonly #streams = new Map<number, Socket>();
  readonly #servers: Server[] = [];
  #last = 0;
  #gathered: Request[] = [];
  #sending = false;
  #closed: Error | undefined;
  #hello: () => void = () => undefined;

  constructor(
    readonly serial: Duplex,
    /** The directory of the host that is /host in the guest. */
    readonly share: string,
  ) {
    this.up = new Promise((resolve) => {
      this.#hello = resolve;
    });
    serial.on('error', (error) => this.close(error));
    createInterface({ input: serial, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => this.#take(line));
  }

  async run(script: string, timeoutMs: number): Promise<Ran> {
    const reply = await this.#ask({ op: 'run', script, timeoutMs }, timeoutMs + 30_000);
    if (reply.op !== 'ran') throw new Error(`the agent answered ${reply.op} to run`);
    return { code: reply.code, stdout: reply.stdout, stderr: reply.stderr };
  }

  /** A file's content, undefined where there is none. */
  async read(path: string): Promise<string | undefined> {
    const reply = await this.#ask({ op: 'read', path }, patience(60_000));
    if (reply.op !== 'content') throw new Error(`the agent answered ${reply.op} to read`);
    return reply.content === undefined ? undefined : Buffer.from(reply.content, 'base64').toString();
  }

  async write(path: string, content: string): Promise<void> {
    await this.#ask({ op: 'write', path, content: Buffer.from(content).toString('base64') }, patience(60_000));
  }

  /** Makes a unix socket of this machine lead to one in the guest, as `ssh -L` does. */
  async forward(local: string, remote: string): Promise<void> {
    const server = createServer((socket) => {
      const stream = ++this.#last;
      this.#streams.set(stream, socket);
      this.#send({ op: 'open', stream, path: remote });
      socket.on('data', (chunk) => this.#send({ op: 'data', stream, data: chunk.toString('base64') }));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (this.#streams.delete(stream)) this.#send({ op: 'end', stream });
      });
    });
    rmSync(local, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(local, resolve);
    });
    this.#servers.push(server);
  }

  /** Ends what still waits, with an error that says why. */
  close(why: Error): void {
    if (this.#closed) return;
    this.#closed = why;
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
    for (const socket of this.#streams.values()) socket.destroy();
    this.#streams.clear();
    for (const server of this.#servers) server.close();
    this.serial.destroy();
  }

  #send(request: Request): void {
    this.#gathered.push(request);
    this.#next();
  }

  #next(): void {
    if (this.#sending || this.#closed || this.#gathered.length === 0) return;
    let line = JSON.stringify(this.#gathered);
    this.#gathered = [];
    this.#sending = true;
    if (line.length > longestLine) {
      const file = `requests-${++this.#last}`;
      writeFileSync(join(this.share, file), line);
      line = JSON.stringify({ file });
    }
    this.serial.write(`${line}\n`);
  }

  async #ask(request: Unnumbered<Request>, timeoutMs: number): Promise<Reply> {
    if (this.#closed) throw this.#closed;
    const id = ++this.#last;
    let limit: NodeJS.Timeout | undefined;
    try {
      const reply = await new Promise<Reply>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        limit = setTimeout(reject, timeoutMs, new Error(`the guest did not answer a ${request.op} in ${timeoutMs} ms`));
        this.#send({ ...request, id });
      });
      if (reply.op === 'failed') throw new Error(`${request.op} in the guest: ${reply.message}`);
      return reply;
    } finally {
      clearTimeout(limit);
      this.#waiting.delete(id);
    }
  }

  #take(line: string): void {
    let answer: Answer;
    try {
      answer = JSON.parse(line) as Answer;
    } catch {
      // Of the terminal before the agent had it.
      return;
    }
    if (answer.op === 'hello') this.#hello();
    else if (answer.op === 'got') {
      this.#sending = false;
      this.#next();
    } else if (answer.op === 'large') {
      const file = join(this.share, answer.file);
      const text = readFileSync(file, 'utf8');
      rmSync(file);
      this.#take(text);
    } else if ('id' in answer) this.#waiting.get(answer.id)?.resolve(answer);
    else if (answer.op === 'data') this.#streams.get(answer.stream)?.write(Buffer.from(answer.data, 'base64'));
    else {
      const socket = this.#streams.get(answer.stream);
      this.#streams.delete(answer.stream);
      socket?.end();
    }
  }
}
