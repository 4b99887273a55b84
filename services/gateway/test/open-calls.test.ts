import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, Server, type ServiceDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { RuntimeService } from '@slipway/cri';
import { createLogger } from '@slipway/telemetry';
import type { Call, Gateway } from '../src/context.js';
import { CallLoad } from '../src/server/call-load.js';
import { definitionOf, listen } from '../src/server/grpc-socket.js';
import { OpenCalls } from '../src/server/open-calls.js';
import { streamHandler } from '../src/server/stream-handler.js';
import { unaryHandler } from '../src/server/unary-handler.js';

const never = new Promise<never>(() => undefined);

/** A socket with two methods that take as long as they are let: Version answers after `versionMs`, GetContainerEvents never ends. */
async function serve(t: TestContext, versionMs: number) {
  const directory = mkdtempSync(join(tmpdir(), 'sw-calls-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const socket = join(directory, 'socket');
  const gateway = {
    log: createLogger({ stage: 'test', level: 'silent' }),
    load: new CallLoad(),
    openCalls: new OpenCalls(),
    bus: { publishSpan: () => undefined },
  } as unknown as Gateway;
  const signals: AbortSignal[] = [];
  const { version, getContainerEvents } = RuntimeService.methods;
  const server = new Server();
  const answer = async (_gateway: Gateway, _request: never, call: Call): Promise<object> => {
    signals.push(call.signal);
    await sleep(versionMs, undefined, { signal: call.signal });
    return { version: 'one' };
  };
  async function* events(_gateway: Gateway, _request: never, call: Call): AsyncGenerator<object> {
    signals.push(call.signal);
    yield { containerId: 'one' };
    await never;
  }
  const definition: Record<string, ServiceDefinition[string]> = {
    version: definitionOf(RuntimeService.name, version, false),
    events: definitionOf(RuntimeService.name, getContainerEvents, true),
  };
  server.addService(definition, {
    version: unaryHandler(gateway, 'v1', version, answer, () => undefined),
    events: streamHandler(gateway, 'v1', getContainerEvents, events, () => undefined),
  });
  const listener = await listen(gateway, server, { path: socket, mode: 0o600, fd: undefined });
  const client = new Client(`unix://${socket}`, credentials.createInsecure());
  t.after(() => client.close());
  const none = Buffer.alloc(0);
  const pass = (bytes: Buffer): Buffer => bytes;
  const path = (name: string): string => `/${RuntimeService.name}/${name}`;
  return {
    listener,
    signals,
    load: gateway.load,
    /** The status of a call of Version. */
    version: (): Promise<string | undefined> =>
      new Promise((resolve) => {
        client.makeUnaryRequest(path(version.name), pass, pass, none, (error) => resolve(status[error?.code ?? 0]));
      }),
    /** The status with which a stream of events ends. */
    events: (): Promise<string | undefined> =>
      new Promise((resolve) => {
        const stream = client.makeServerStreamRequest(path(getContainerEvents.name), pass, pass, none);
        stream.on('data', () => undefined);
        stream.on('error', (error: ServiceError) => resolve(status[error.code]));
        stream.on('end', () => resolve('OK'));
      }),
  };
}

test('a gateway that ends answers UNAVAILABLE what it cannot wait for, and gives the work up', async (t) => {
  const { version, events, listener, signals, load } = await serve(t, 60_000);
  const calls = [version(), events()];
  while (signals.length < 2) await sleep(5);
  await listener.drain(50);
  assert.deepEqual(await Promise.all(calls), ['UNAVAILABLE', 'UNAVAILABLE']);
  assert.ok(signals.every(({ aborted }) => aborted));
  assert.equal(load.read().inFlight, 0);
});

test('a gateway that ends serves to the end what it can wait for', async (t) => {
  const { version, listener, signals } = await serve(t, 200);
  const call = version();
  while (signals.length < 1) await sleep(5);
  await listener.drain(20_000);
  assert.equal(await call, 'OK');
});
