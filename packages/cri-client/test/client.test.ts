import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
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
