import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Where Debian's golang-*-dev packages put their sources. */
const sources = '/usr/share/gocode';
const program = fileURLToPath(new URL('../../../streaming-client/main.go', import.meta.url));
const timeout = 120_000;

interface Execution {
  received: number;
  /** The beginning of its stdout. */
  text: string;
  seconds: number;
  status: string;
}

/** The client of both sides of the comparison, on kubectl's own SPDY library. */
export class StreamingClient {
  private constructor(readonly path: string) {}

  /** Builds it into a directory. Throws when Go or the library is missing. */
  static build(directory: string): StreamingClient {
    if (!existsSync(`${sources}/src/github.com/moby/spdystream`)) {
      throw new Error('install golang-go and golang-github-docker-spdystream-dev');
    }
    const path = join(directory, 'streaming-client');
    const env = { ...process.env, GO111MODULE: 'off', GOPATH: sources, GOCACHE: join(directory, 'cache'), GOFLAGS: '' };
    const { status, stderr, error } = spawnSync('go', ['build', '-o', path, program], { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the client cannot be built: ${error?.message ?? stderr}`);
    return new StreamingClient(path);
  }

  /** Megabytes (10^6) a second of a command that sends so many bytes. */
  async read(url: string, bytes: number): Promise<number> {
    const { received, seconds, status } = await this.#ask<Execution>('exec', url, 0);
    if (received !== bytes || !status.includes('Success')) throw new Error(`${received} bytes came: ${status}`);
    return bytes / 1e6 / seconds;
  }

  /** The same of a command that is sent so many bytes, and counts them. */
  async write(url: string, bytes: number): Promise<number> {
    const { text, seconds, status } = await this.#ask<Execution>('exec', url, bytes);
    if (Number(text) !== bytes || !status.includes('Success')) throw new Error(`${text} bytes arrived: ${status}`);
    return bytes / 1e6 / seconds;
  }

  /** Megabytes a second that go to a port's server and come back. */
  async forward(url: string, port: number, bytes: number): Promise<number> {
    const { seconds } = await this.#ask<{ seconds: number }>('forward', url, port, bytes);
    return bytes / 1e6 / seconds;
  }

  /** Milliseconds of a byte there and back: on a connection that is there, and on a new one. */
  async latency(url: string, port: number, count: number): Promise<{ trip: number; connection: number }> {
    return await this.#ask('latency', url, port, count);
  }

  async #ask<T>(...args: (string | number)[]): Promise<T> {
    const { stdout } = await run(this.path, args.map(String), { timeout });
    return JSON.parse(stdout) as T;
  }
}
