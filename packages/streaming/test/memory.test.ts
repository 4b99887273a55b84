import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { StreamingServer } from '../src/index.js';
import { dialSpdy } from '../src/spdy/dial.js';
import { until } from './parts.js';

const total = 200_000_000;
const block = Buffer.alloc(65_536, 7);

/** Writes 200 MB as fast as back-pressure lets it; `written` tells how far it is. */
function writer(): {
  written: () => number;
  server: () => Promise<StreamingServer>;
  url: (server: StreamingServer) => string;
} {
  let written = 0;
  return {
    written: () => written,
    server: () => StreamingServer.start(),
    url: (server) =>
      server.issue({
        kind: 'exec',
        stdin: false,
        stdout: true,
        stderr: false,
        tty: false,
        handler: async ({ stdout }) => {
          while (written < total && stdout) {
            const piece = block.subarray(0, Math.min(block.length, total - written));
            written += piece.length;
            if (!stdout.write(piece)) await new Promise((resolve) => stdout.once('drain', resolve));
          }
          return 0;
        },
      }),
  };
}

/** The most that the kernel's two socket buffers and our own windows may take. */
const inFlight = 20_000_000;

async function assertHeldBack(written: () => number): Promise<void> {
  let before = -1;
  for (let tries = 0; written() !== before && tries < 100; tries++) {
    before = written();
    await sleep(100);
  }
  assert.ok(written() < inFlight, `${written()} bytes were taken from the command though nobody reads`);
}

test('200 MB to a reader that stalls over SPDY: the command is held back, then all arrives', async (t) => {
  const { written, server: start, url } = writer();
  const server = await start();
  t.after(() => server.close());
  const { session } = await dialSpdy(url(server), { protocols: ['v4.channel.k8s.io'] });
  const error = await session.open({ streamType: 'error' });
  const stdout = await session.open({ streamType: 'stdout' });
  error.resume();
  const rss = process.memoryUsage().rss;
  await until('it starts', () => written() > 100_000);
  await assertHeldBack(written);
  let got = 0;
  let peak = 0;
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    got += chunk.length;
    if (got % 10_000_000 < chunk.length) peak = Math.max(peak, process.memoryUsage().rss);
  }
  assert.equal(got, total);
  assert.ok(peak - rss < 150_000_000, `the process grew by ${peak - rss} bytes`);
  await session.close();
});

test('200 MB to a reader that stalls over WebSocket', async (t) => {
  const { written, server: start, url } = writer();
  const server = await start();
  t.after(() => server.close());
  const socket = new WebSocket(url(server).replace('http', 'ws'), ['v5.channel.k8s.io']);
  await new Promise((resolve) => socket.once('open', resolve));
  socket.pause();
  await until('it starts', () => written() > 100_000);
  await assertHeldBack(written);
  let got = 0;
  socket.on('message', (data: Buffer) => {
    if (data[0] === 1) got += data.length - 1;
  });
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  assert.equal(got, total);
});

test('200 MB to a command that does not read its stdin: the client is held back', async (t) => {
  const server = await StreamingServer.start();
  t.after(() => server.close());
  let read: (() => void) | undefined;
  let got = 0;
  const url = server.issue({
    kind: 'exec',
    stdin: true,
    stdout: true,
    stderr: false,
    tty: false,
    handler: async ({ stdin }) => {
      await new Promise<void>((resolve) => (read = resolve));
      for await (const chunk of stdin ?? new PassThrough()) got += (chunk as Buffer).length;
      return 0;
    },
  });
  const socket = new WebSocket(url.replace('http', 'ws'), ['v5.channel.k8s.io']);
  await new Promise((resolve) => socket.once('open', resolve));
  let acknowledged = 0;
  const message = Buffer.concat([Buffer.from([0]), block]);
  const count = Math.floor(total / block.length);
  for (let index = 0; index < count; index++) socket.send(message, () => (acknowledged += block.length));
  socket.send(Buffer.from([255, 0]));
  await until('it starts', () => acknowledged > 0);
  await assertHeldBack(() => acknowledged);
  read?.();
  await new Promise((resolve) => socket.once('close', resolve));
  assert.equal(got, count * block.length);
});
