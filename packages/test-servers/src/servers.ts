import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, temporaryDirectory } from './places.js';
import type { SteppedClock } from './stepped-clock.js';

/** A real server on an address of its own, for one test. */
export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  /** Ends it with the given signal and waits; its data stays. Default SIGTERM. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same address, with the same data. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Debian's nats-server on loopback. `config` is appended to its configuration file. */
export async function startNats(config = ''): Promise<RunningServer> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const file = join(directory, 'nats.conf');
  await writeFile(file, `listen: "127.0.0.1:${port}"\n${config}\n`);
  return supervise(directory, `nats://127.0.0.1:${port}`, ['nats-server', '-c', file], () => connects({ port }));
}

export interface RedisOptions {
  appendOnly?: boolean;
  /** Lines of an aclfile. */
  users?: readonly string[];
  /** The wall clock that it sees. Default: the system's. */
  clock?: SteppedClock | undefined;
}

/** Debian's redis-server on a unix socket, without a TCP port. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningServer> {
  const directory = await temporaryDirectory();
  const path = join(directory, 'redis.sock');
  const flags = {
    port: '0',
    unixsocket: path,
    dir: directory,
    save: '',
    appendonly: options.appendOnly ? 'yes' : 'no',
    ...(options.users ? { aclfile: join(directory, 'users.acl') } : {}),
  };
  if (options.users) await writeFile(join(directory, 'users.acl'), `${options.users.join('\n')}\n`);
  const command = ['redis-server', ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
  return supervise(directory, `unix://${path}`, command, () => connects({ path }), options.clock?.env);
}

function connects(address: { port: number } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function supervise(
  directory: string,
  url: string,
  command: string[],
  answers: () => Promise<boolean>,
  env: Record<string, string> = {},
): Promise<RunningServer> {
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const [program = ''] = command;
    // The kernel ends it with this process, however that ends (PR_SET_PDEATHSIG, prctl(2)).
    const started = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.once('spawn', resolve);
      started.once('error', reject);
    });
    for (let waited = 0; !(await answers()); waited += 10) {
      if (started.exitCode !== null || waited > 10_000) throw new Error(`${program} did not start`);
      await new Promise((wake) => setTimeout(wake, 10));
    }
  };
  const kill = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
  };
  await start();
  return {
    url,
    get pid() {
      return child?.pid ?? 0;
    },
    kill,
    restart: async () => {
      await kill();
      await start();
    },
    stop: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
