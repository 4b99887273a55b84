import { lchownSync, lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { processRights } from '@slipway/capabilities';
import { isInstalled, type Settings } from '@slipway/config';
import { noDefaultUser, privateRedis, redisAccess, Reserve } from '@slipway/records';
import type { Logger } from '@slipway/telemetry';
import type { RedisKey } from './keys.js';
import { replaceFile } from './no-room.js';
import type { ProcessSpec } from './process-spec.js';
import { setAppendOnlyAside, whyNotWritable } from './redis-files.js';
import { askRedis, RedisReply } from './redis-socket.js';
import { makeDirectory, serverUser } from './server-user.js';

/** Programs that do as the private Redis, the first that is installed: Valkey is the fork of Redis 7 that Debian 13 has besides. */
export const redisPrograms = ['redis-server', 'valkey-server'] as const;

/** How often it is looked whether Redis can write its file, in milliseconds. */
const WATCH_MS = 2000;

/**
 * The private Redis of this node, only on a unix socket in a directory of its own, <state>/redis; <state>/redis.sock is a
 * link to it, so that clients of all versions find it. It runs as a user of its own (`processRights`). Its data stay in
 * <root>/redis: an append-only file, synced each second. Redis acknowledges a change before it writes it, seconds before on a slow disk, and loses what it had not
 * written when it is killed. No record is lost so: each is on disk in <root>/records, too, before its change is
 * acknowledged, and both are compared before a Redis that was started is read (packages/records). Locks are lost with
 * their holders' leases, events have their subscribers list again. A file that Redis cannot load is set aside.
 *
 * Where the disk is full or read-only it runs without its file: the records are in its memory, and on disk as far as
 * there was room. It gets a file again when there is.
 *
 * `reconfigured`: one that runs has to be started again, since its configuration, the rights of users for example, is
 * another one now.
 */
export function redisServer(
  settings: Pick<Settings, 'state' | 'root' | 'disk'>,
  keys: readonly RedisKey[],
  log: Logger,
  /** Ends the watch of its file. */
  signal: AbortSignal,
  /** It runs already, for the supervisor before in this process. */
  running = false,
): { url: string; spec: ProcessSpec; reconfigured: boolean } {
  const { state, root } = settings;
  const socket = privateRedis(state);
  const url = `unix://${socket}`;
  const user = redisAccess({ state, redis: { credentials: '' } }, url, 'supervisor');
  const ask = (...words: string[]): Promise<string> =>
    user ? askRedis(socket, user, ...words) : Promise.reject(new Error('the supervisor has no user for Redis'));
  const directory = join(root, 'redis');
  const config = join(state, 'redis.conf');
  const server = serverUser(processRights.redis, [state, root], log);
  const listening = redisSocket(state);
  let loading = false;
  // Whether one that runs already does, the first look tells.
  let appends = running;

  const configure = (): void => {
    const problem = whyNotWritable(directory);
    if (problem) log.error({ directory, problem }, 'redis runs without its file until there is room');
    appends = !problem;
    replaceFile(config, redisConfig(listening, problem ? root : directory, appends, keys), server.gid);
  };

  const isConfigured = (): boolean => {
    const texts = [redisConfig(listening, directory, true, keys), redisConfig(listening, root, false, keys)];
    return texts.includes(readFileSync(config, 'utf8'));
  };

  const watch = async (): Promise<void> => {
    if (appends) {
      const persistence = await ask('INFO', 'persistence');
      if (/^aof_enabled:0/m.test(persistence)) appends = false;
      if (!appends || !/^aof_last_write_status:err/m.test(persistence)) return;
      // It would refuse every change until there is room, deletions too. It tries again each second.
      if (await new Reserve(root, settings.disk.reserveBytes, log).release()) return;
      await ask('CONFIG', 'SET', 'appendonly', 'no');
      log.error({ directory, problem: whyNotWritable(directory) }, 'redis runs without its file until there is room');
      appends = false;
    } else if (!whyNotWritable(directory)) {
      await ask('CONFIG', 'SET', 'dir', directory);
      // It writes a new file of all that it holds.
      await ask('CONFIG', 'SET', 'appendonly', 'yes');
      log.info({ directory }, 'redis writes its file again');
      appends = true;
    }
  };
  let up = running;
  const watcher = setInterval(() => {
    if (up) watch().catch((error: unknown) => log.debug({ err: error }, 'redis does not say whether it can write'));
  }, WATCH_MS);
  watcher.unref();
  signal.addEventListener('abort', () => clearInterval(watcher), { once: true });

  /**
   * Lets root and the gateway's group connect: it is root's, because services whose root has no capabilities, the gateway of
   * an older version for example, connect as its owner. Redis itself has it open.
   */
  const giveSocket = (): void => {
    const { gid } = lstatSync(dirname(listening));
    if (lstatSync(listening, { throwIfNoEntry: false })?.isSocket()) lchownSync(listening, 0, gid);
  };

  if (running) {
    makeDirectory('redisSocket', settings, server);
    giveSocket();
  }

  let aside: Promise<void> | undefined;
  const putAside = async (end: string): Promise<void> => {
    try {
      const to = await setAppendOnlyAside(directory);
      if (to)
        log.error({ aside: to, end }, 'redis cannot load its file, which was set aside: records come from the disk');
    } catch (error) {
      log.error({ err: error, directory }, 'the file that redis cannot load cannot be set aside');
    }
  };

  return {
    url,
    reconfigured: running && !isConfigured(),
    spec: {
      name: 'redis',
      command: redisPrograms.find(isInstalled) ?? redisPrograms[0],
      args: [config],
      rights: () => server.rights,
      needs: async () => {
        up = false;
        await aside;
        makeDirectory('redisSocket', settings, server);
        linkTo(listening, socket);
        // On a read-only file system it cannot be made, and need not be.
        try {
          makeDirectory('redisData', settings, server);
        } catch (error) {
          log.warn({ err: error, directory }, 'the directory of redis cannot be made');
        }
        configure();
      },
      logs: (line) => {
        if (line.includes('Server initialized')) loading = true;
        return redisLine(line);
      },
      ended: (end) => {
        // A Redis that answered has loaded its file. A Redis that was killed proves nothing about the file.
        const failed = loading && !up && /^exit [1-9]/.test(end);
        loading = false;
        if (!failed) return;
        if (appends) aside = putAside(end);
      },
      ready: async () => {
        await ask('PING');
        // Not before it answers: it sets the socket's mode itself after it listens, as its owner.
        giveSocket();
        up = true;
      },
      alive: () => anyAnswer(ask('PING')),
    },
  };
}

/** The configuration file's text; see redis.io, "Redis configuration". Whoever has no user of a role gets nothing. */
function redisConfig(socket: string, directory: string, appends: boolean, keys: readonly RedisKey[]): string {
  return `# Written by slipway up at each start.
port 0
unixsocket ${JSON.stringify(socket)}
# Its group is its directory's: that of the gateway.
unixsocketperm 660
daemonize no
dir ${JSON.stringify(directory)}
save ""
appendonly ${appends ? 'yes' : 'no'}
appendfsync everysec
# A file that ends in the middle of a command, as after a power loss, is cut there.
aof-load-truncated yes
# What Redis looks after by itself (old keys, idle clients) is little here; expiry is checked at each access.
hz 1
maxmemory-policy noeviction
databases 1
maxclients 512
${noDefaultUser}
${keys.map(({ line }) => line).join('\n')}
`;
}

/** Where the private Redis of a node listens; the path that clients know: {@link privateRedis}. */
export function redisSocket(state: string): string {
  return join(state, 'redis', 'redis.sock');
}

/** A socket of a Redis that was started by an older version lies where the link belongs. */
function linkTo(target: string, link: string): void {
  const words = relative(dirname(link), target);
  try {
    if (readlinkSync(link) === words) return;
  } catch {
    // It is missing, or no link.
  }
  rmSync(link, { force: true });
  symlinkSync(words, link);
}

/** A Redis that answers an error, as one that still loads its file does, answers. */
async function anyAnswer(answer: Promise<string>): Promise<void> {
  await answer.catch((error: unknown) => {
    if (!(error instanceof RedisReply)) throw error;
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
