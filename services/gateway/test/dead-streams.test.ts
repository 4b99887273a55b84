import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from '@grpc/grpc-js';
import { createLogger } from '@slipway/telemetry';
import { listen } from '../src/server/grpc-socket.js';
import { OpenCalls } from '../src/server/open-calls.js';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** POST of `application/grpc` to a method that nobody serves, as Node's client encodes it: grpc-js answers UNIMPLEMENTED. */
const request = Buffer.from(
  '83049962cb6a49a92afdc2bedb6a49a92ee2d9dcc42b1c4b620c7abf4187b6ab50592e3c0f865f8b1d75d0620d263d4c4d656440027465864d833505b11f',
  'hex',
);
const [HEADERS, RST_STREAM, SETTINGS] = [1, 3, 4];
const END_HEADERS = 4;

test('a client that resets a refused request in the packet which opens it ends nobody else', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sw-streams-'));
  const socket = join(directory, 'socket');
  const log = createLogger({ stage: 'test', level: 'silent' });
  const parts = { log, openCalls: new OpenCalls() };
  const listener = await listen(parts, new Server(), { path: socket, mode: 0o600, fd: undefined });
  const failures: unknown[] = [];
  const failed = (error: unknown): void => void failures.push(error);
  process.on('uncaughtException', failed);
  t.after(async () => {
    process.off('uncaughtException', failed);
    await listener.drain(0);
    rmSync(directory, { recursive: true });
  });
  for (let client = 0; client < 10; client++) {
    const hostile = connect(socket);
    hostile.on('error', () => undefined);
    await once(hostile, 'connect');
    const opens = [preface, frame(SETTINGS, 0, 0, Buffer.alloc(0)), frame(HEADERS, END_HEADERS, 1, request)];
    hostile.write(Buffer.concat([...opens, frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, 8]))]));
    await sleep(10);
    hostile.destroy();
  }
  await sleep(50);
  assert.deepEqual(failures, []);
});
