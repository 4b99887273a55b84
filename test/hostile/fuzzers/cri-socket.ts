import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fuzzer } from '../fuzzer.js';
import type { Random } from '../random.js';
import { dial, sendAndLeave } from './connections.js';

const path = '/runtime.v1.RuntimeService/Version';
/** Between two looks at whether the gateway answers. */
const batch = 25;

/** What HTTP/2 clients of the CRI socket send: preface, settings, HPACK header blocks, gRPC messages. */
export const criSocket: Fuzzer = {
  name: 'cri-socket',
  open: async ({ cri, node }) => {
    const recorded = await recordClient();
    let cases = 0;
    return {
      tryOne: async (random) => {
        await sendAndLeave(dial(node.socket), hostileClient(random, recorded), random);
        if (++cases % batch === 0) await cri.version();
      },
      close: async () => void (await cri.version()),
    };
  },
};

/** The first bytes, which say that it is HTTP/2, mostly stay: without them nothing else is read. */
function hostileClient(random: Random, recorded: Buffer): Buffer {
  const preface = 24;
  if (random.int(8) === 0) return random.mutate(recorded);
  const frames = random.mutate(recorded.subarray(preface));
  return Buffer.concat([recorded.subarray(0, preface), frames, ...randomFrames(random)]);
}

function randomFrames(random: Random): Buffer[] {
  return Array.from({ length: random.int(6) }, () => {
    const payload = random.bytes(random.pick([0, 1, 4, 5, 6, 8, 40, 300]));
    const header = Buffer.alloc(9);
    // Its length is a lie now and then.
    header.writeUIntBE(random.int(10) === 0 ? random.int(2 ** 24) : payload.length, 0, 3);
    header[3] = random.int(12);
    header[4] = random.int(256);
    header.writeUInt32BE(random.pick([0, 1, 3, 5, 0x7fffffff, 0xffffffff]), 5);
    return Buffer.concat([header, payload]);
  });
}

/** What Node's own client sends for two calls. */
async function recordClient(): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'sw-hostile-'));
  const socket = join(directory, 'socket');
  const server = createServer().listen(socket);
  try {
    await once(server, 'listening');
    const arrived = once(server, 'connection') as Promise<[Socket]>;
    const session = connectHttp2('http://unused', { createConnection: () => dial(socket) });
    session.on('error', () => undefined);
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    for (let call = 0; call < 2; call++) {
      const stream = session.request(headers, { endStream: false });
      stream.on('error', () => undefined);
      // A gRPC message of no bytes.
      stream.end(Buffer.alloc(5));
    }
    const [client] = await arrived;
    let sent = Buffer.alloc(0);
    for await (const chunk of client) {
      sent = Buffer.concat([sent, chunk as Buffer]);
      if (sent.length > 150) break;
    }
    session.destroy();
    return sent;
  } finally {
    server.close();
    rmSync(directory, { recursive: true });
  }
}
