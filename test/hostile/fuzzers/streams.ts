import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Lab } from '../../support/lab.js';
import { Pod, podConfig, shell } from '../../support/pod.js';
import type { Fuzzer } from '../fuzzer.js';
import type { Random } from '../random.js';
import { dial, sendAndLeave } from './connections.js';

/** Between two looks at whether the executor still runs commands. */
const batch = 25;

/** A fuzzer of what a client sends on an exec URL after its upgrade was granted. */
function upgraded(name: string, headers: () => readonly string[], frames: (random: Random) => Buffer): Fuzzer {
  return {
    name,
    open: async (lab: Lab) => {
      const { cri, node, image } = lab;
      const pod = await Pod.run(cri, podConfig(node), 'crun');
      const containerId = await pod.start(shell(image, 'exec sleep 100000'));
      let cases = 0;
      return {
        tryOne: async (random) => {
          const request = { containerId, cmd: ['cat'], stdin: true, stdout: true, stderr: true };
          const { url } = await cri.exec(request);
          const { pathname, search, host } = new URL(url);
          const socket = dial(url);
          await once(socket, 'connect');
          const lines = [`GET ${pathname}${search} HTTP/1.1`, `Host: ${host}`, 'Connection: Upgrade', ...headers()];
          socket.write(`${lines.join('\r\n')}\r\n\r\n`);
          await once(socket, 'data');
          await sendAndLeave(socket, frames(random), random);
          if (++cases % batch === 0) await pod.exec(containerId, 'true');
        },
        close: async () => {
          try {
            await pod.exec(containerId, 'true');
          } finally {
            await lab.clear();
          }
        },
      };
    },
  };
}

export const spdy = upgraded(
  'spdy',
  () => ['Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v4.channel.k8s.io'],
  (random) => Buffer.concat(Array.from({ length: 1 + random.int(8) }, () => spdyFrame(random))),
);

/** A control or data frame (SPDY 3.1, section 2.2), of which any field may be wrong. */
function spdyFrame(random: Random): Buffer {
  const payload = random.bytes(random.pick([0, 4, 8, 10, 12, 40, 1000]));
  const header = Buffer.alloc(8);
  if (random.int(3) > 0) {
    header.writeUInt16BE(0x8000 | random.pick([3, 3, 3, 2, 0x7fff]), 0);
    header.writeUInt16BE(random.int(12), 2);
    if (payload.length >= 4) payload.writeUInt32BE(random.pick([0, 1, 2, 3, 5, 7, 0x7fffffff]), 0);
  } else {
    header.writeUInt32BE(random.pick([0, 1, 3, 5, 0x7fffffff]), 0);
  }
  header.writeUInt32BE((random.int(256) << 24) >>> 0, 4);
  header.writeUIntBE(random.int(10) === 0 ? random.int(2 ** 24) : payload.length, 5, 3);
  return Buffer.concat([header, payload]);
}

export const webSocket = upgraded(
  'websocket',
  () => [
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Protocol: v5.channel.k8s.io',
  ],
  (random) => Buffer.concat(Array.from({ length: 1 + random.int(8) }, () => webSocketFrame(random))),
);

/** A frame (RFC 6455, section 5.2): mostly masked and of an opcode that exists, with a channel's number in front. */
function webSocketFrame(random: Random): Buffer {
  const payload = random.bytes(random.pick([0, 1, 2, 30, 125]));
  if (payload.length > 0) payload[0] = random.pick([0, 1, 2, 3, 4, 5, 255]);
  const masked = random.int(10) > 0;
  const mask = masked ? random.bytes(4) : Buffer.alloc(0);
  const length = random.int(10) === 0 ? random.pick([126, 127]) : payload.length;
  const head = Buffer.from([
    (random.int(16) << 4) | random.pick([0, 1, 2, 2, 8, 9, 10, 15]),
    length | (masked ? 0x80 : 0),
  ]);
  const body = masked ? payload.map((byte, at) => byte ^ (mask[at % 4] as number)) : payload;
  return Buffer.concat([head, mask, body]);
}
