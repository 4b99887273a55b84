import { connect } from 'node:net';

/** Milliseconds for an answer. */
const TIMEOUT_MS = 5000;

/** An error that Redis itself answered. */
export class RedisReply extends Error {}

/**
 * Sends Redis one command on its unix socket, as a user, and answers the reply: the text of a simple string, or of a bulk
 * string. Rejects with RedisReply where Redis answers an error, as one does that still loads its file.
 */
export function askRedis(
  path: string,
  user: { username: string; password: string },
  ...words: string[]
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let reply = '';
    let known = false;
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer to ${words[0]}`)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`the connection closed before ${words[0]} was answered`)));
    socket.once('connect', () => socket.write(encode(['AUTH', user.username, user.password]) + encode(words)));
    socket.on('data', (data) => {
      reply += data.toString('latin1');
      if (!known) {
        const end = reply.indexOf('\r\n');
        if (end < 0) return;
        // An error that is not of the command comes to both.
        if (reply.startsWith('-')) return void (reject(new RedisReply(reply.slice(1, end))), socket.destroy());
        known = true;
        reply = reply.slice(end + 2);
      }
      const end = reply.indexOf('\r\n');
      if (end < 0) return;
      const first = reply.slice(1, end);
      if (reply.startsWith('-')) reject(new RedisReply(first));
      else if (reply.startsWith('+')) resolve(first);
      else if (reply.length < end + 4 + Number(first)) return;
      else resolve(reply.slice(end + 2, -2));
      socket.destroy();
    });
  });
}

/** A command in Redis' protocol (redis.io, "RESP"). */
function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
