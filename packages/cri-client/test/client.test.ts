import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { RuntimeService } from '@slipway/cri';
import { criClient, statusName } from '../src/index.js';

/** A runtime that knows Version, and StopContainer: that it never answers. Answers its socket. */
async function serve(t: TestContext): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-client-'));
  const socket = join(directory, 'socket');
  const { request, response } = RuntimeService.methods.version;
  const unary = {
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => request.decode(bytes),
    responseSerialize: (message: object) => Buffer.from(response.encode(message)),
    responseDeserialize: (bytes: Buffer) => response.decode(bytes),
  };
  const server = new Server();
  server.addService(
    {
      version: { ...unary, path: '/runtime.v1.RuntimeService/Version' },
      stop: { ...unary, path: '/runtime.v1.RuntimeService/StopContainer' },
    },
    {
      version: (call: ServerUnaryCall<{ version: string }, object>, done: sendUnaryData<object>) => {
        if (call.request.version === '') done({ code: status.INVALID_ARGUMENT, details: 'a version is needed' });
        else done(null, { version: call.request.version, runtimeName: 'here' });
      },
      stop: () => undefined,
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  t.after(() => {
    server.forceShutdown();
    rmSync(directory, { recursive: true });
  });
  return socket;
}

test('a call has its answer, or the status and the text of the runtime', async (t) => {
  const cri = criClient(await serve(t));
  t.after(() => cri.close());
  const { version, runtimeName } = await cri.version({ version: '0.1.0' });
  assert.deepEqual([version, runtimeName], ['0.1.0', 'here']);
  await assert.rejects(cri.version(), (error: Error) => {
    assert.match(error.message, /a version is needed/);
    return statusName(error) === 'INVALID_ARGUMENT';
  });
  await assert.rejects(cri.listContainers(), (error) => statusName(error) === 'UNIMPLEMENTED');
});

test('a runtime that does not answer costs the time that was given, and one that is not there none', async (t) => {
  const cri = criClient(await serve(t));
  t.after(() => cri.close());
  const stop = cri.stopContainer({ containerId: 'a' }, { timeoutMs: 200 });
  await assert.rejects(stop, (error) => statusName(error) === 'DEADLINE_EXCEEDED');
  const none = criClient('/nonexistent/socket');
  t.after(() => none.close());
  await assert.rejects(none.version({}), (error) => statusName(error) === 'UNAVAILABLE');
});

test('a runtime that is killed while it ends is UNAVAILABLE', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-client-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const socket = join(directory, 'socket');
  const frame = (type: number, payload: number[] = []): Buffer =>
    Buffer.from([0, 0, payload.length, type, 0, 0, 0, 0, 0, ...payload]);
  const [SETTINGS, GOAWAY] = [4, 7];
  const server = createServer((client) => {
    client.on('error', () => undefined);
    client.write(frame(SETTINGS));
    client.once('data', () => client.once('data', () => client.pause()));
    // What it does not read resets the connection: the end of the call that is given up meanwhile.
    setTimeout(() => client.write(frame(GOAWAY, [0, 0, 0, 3, 0, 0, 0, 0])), 300);
    setTimeout(() => client.destroy(), 1200);
  }).listen(socket);
  t.after(() => server.close());
  await once(server, 'listening');
  const cri = criClient(socket);
  t.after(() => cri.close());
  const calls = [cri.stopContainer({}, { timeoutMs: 700 }), cri.stopContainer({}, { timeoutMs: 20_000 })];
  const ends = await Promise.all(calls.map((call) => call.then(() => 'OK', statusName)));
  assert.deepEqual(ends, ['DEADLINE_EXCEEDED', 'UNAVAILABLE']);
});
