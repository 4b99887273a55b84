import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ProcessSpec } from './process.js';

/**
 * The private Redis of this node, on a unix socket alone. Its data stay in <root>/redis:
 * an append-only file, synced each second (nothing is lost when Redis is killed).
 */
export function redisServer(options: { state: string; root: string }): { url: string; spec: ProcessSpec } {
  const socket = join(options.state, 'redis.sock');
  const directory = join(options.root, 'redis');
  const config = join(options.state, 'redis.conf');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(`${config}.new`, redisConfig(socket, directory), { mode: 0o600 });
  renameSync(`${config}.new`, config);
  return {
    url: `unix://${socket}`,
    spec: {
      name: 'redis',
      command: 'redis-server',
      args: [config],
      logs: redisLine,
      ready: () => pong(socket),
      alive: async () => void (await answerToPing(socket)),
    },
  };
}

/** The configuration file's text; see redis.io, "Redis configuration". */
function redisConfig(socket: string, directory: string): string {
  return `# Written by slipway up at each start.
port 0
unixsocket ${JSON.stringify(socket)}
unixsocketperm 600
daemonize no
dir ${JSON.stringify(directory)}
save ""
appendonly yes
appendfsync everysec
# What Redis looks after by itself (old keys, idle clients) is little here; expiry is checked at each access.
hz 1
maxmemory-policy noeviction
databases 1
maxclients 512
`;
}

/** Resolves when Redis answers PING; a Redis that still loads its file answers an error. */
async function pong(path: string): Promise<void> {
  const answer = await answerToPing(path);
  if (answer !== '+PONG') throw new Error(answer);
}

/** The first line that Redis answers, whatever it is. */
function answerToPing(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer to PING')));
    socket.once('error', reject);
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString('latin1').trim());
    });
  });
}

/** `pid:role date # text`: it marks with `#` whatever it holds for notable, so the words decide. */
function redisLine(line: string): { level: 'debug' | 'warn'; text: string } {
  const text = /^\d+:[A-Z] .*?\d\d:\d\d:\d\d\.\d+ [-.*#] (.*)$/.exec(line)?.[1] ?? line;
  // Sysctls that it would like are the host's affair.
  const host = /overcommit_memory|Transparent Huge|somaxconn|TCP backlog/.test(text);
  const bad = /WARNING|error|fail|can't|cannot|fatal|corrupt|Bad file|MISCONF|crashed/i.test(text);
  return { level: bad && !host ? 'warn' : 'debug', text };
}
