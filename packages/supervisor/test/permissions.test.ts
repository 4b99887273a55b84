import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Msg, type NatsConnection, nkeyAuthenticator } from 'nats';
import { Bus } from '@slipway/stage';
import { createLogger } from '@slipway/telemetry';
import { type Role, roles } from '../src/permissions.js';
import { natsServer } from '../src/nats-server.js';
import { ensureKeys, type RoleKey } from '../src/keys.js';

const log = createLogger({ stage: 'up', destination: { write: () => undefined } });

let state: string;
let url: string;
let keys: RoleKey[];
let stop: () => Promise<void>;
const open: NatsConnection[] = [];

before(async () => {
  state = mkdtempSync(join(tmpdir(), 'slipway-nats-'));
  keys = ensureKeys(state);
  const server = await natsServer({ state, node: 'n1', keys, maxPayloadBytes: 8 << 20, log });
  url = server.url;
  const child = spawn(server.spec.command, server.spec.args, { stdio: 'ignore' });
  stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  for (let tries = 0; ; tries++) {
    try {
      await server.spec.ready?.();
      break;
    } catch (error) {
      if (tries > 250) throw error;
      await sleep(20);
    }
  }
});

after(async () => {
  await Promise.all(open.map((connection) => connection.close()));
  await stop();
  rmSync(state, { recursive: true });
});

/** A client with a role's key, and what the server refused it. */
async function as(role: Role): Promise<{ connection: NatsConnection; refused: string[] }> {
  const seed = readFileSync(keys.find((key) => key.role === role)?.file ?? '');
  const connection = await connect({
    servers: url,
    authenticator: nkeyAuthenticator(Buffer.from(seed.toString().trim())),
    inboxPrefix: `_INBOX_${role}`,
    reconnect: false,
  });
  open.push(connection);
  const refused: string[] = [];
  (async () => {
    for await (const status of connection.status()) {
      const { permissionContext } = status as { permissionContext?: { operation: string; subject: string } };
      if (permissionContext) refused.push(`${permissionContext.operation} ${permissionContext.subject}`);
    }
  })().catch(() => undefined);
  return { connection, refused };
}

/** Refusals of a client, sorted, once the server has reported `count` of them: it answers a flush before they are read. */
async function refusals(client: { refused: string[] }, count: number): Promise<string[]> {
  for (let tries = 0; client.refused.length < count && tries < 250; tries++) await sleep(20);
  return client.refused.toSorted();
}

function hear(connection: NatsConnection, subject: string): Msg[] {
  const heard: Msg[] = [];
  connection.subscribe(subject, { callback: (error, message) => void (error ?? heard.push(message)) });
  return heard;
}

test('a client without a key gets nothing', async () => {
  await assert.rejects(connect({ servers: url, reconnect: false }), /Authorization/i);
});

test('a client with a key of its own making gets nothing', async () => {
  const other = mkdtempSync(join(tmpdir(), 'slipway-nats-'));
  try {
    const [key] = ensureKeys(other);
    const seed = Buffer.from(readFileSync(key?.file ?? '', 'ascii').trim());
    await assert.rejects(
      connect({ servers: url, reconnect: false, authenticator: nkeyAuthenticator(seed) }),
      /Authorization/i,
    );
  } finally {
    rmSync(other, { recursive: true });
  }
});

test('seeds are readable only by their owner, and stay the same', async () => {
  for (const { file } of keys) assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(ensureKeys(state), keys);
  assert.equal(new Set(keys.map((key) => key.user)).size, roles.length);
});

test('the gateway calls a stage and reads the answer in its own inbox', async () => {
  const gateway = await as('gateway');
  const executor = await as('executor');
  executor.connection.subscribe('slipway.n1.executor.crun.StartContainer', {
    queue: 'slipway-executor-crun',
    callback: (_error, message) => void message.respond(message.data),
  });
  await executor.connection.flush();
  const bus = new Bus(gateway.connection, 'n1', 'gateway', 'gateway-1');
  const answer = await new Promise<Msg>((resolve) => {
    const { subject } = bus.expectReplies('executor', resolve);
    gateway.connection.publish('slipway.n1.executor.crun.StartContainer', 'hello', { reply: subject });
  });
  assert.equal(answer.string(), 'hello');
  assert.deepEqual([...gateway.refused, ...executor.refused], []);
});

test("no stage can answer in another's place", async () => {
  const gateway = await as('gateway');
  const bus = new Bus(gateway.connection, 'n1', 'gateway', 'gateway-1');
  const heard: string[] = [];
  const asked = bus.expectReplies('builder', (message) => void heard.push(message.string())).subject;
  assert.notEqual(asked, bus.expectReplies('builder', () => undefined).subject);
  assert.match(asked, /\.[\w-]{22}$/, 'a token of 128 random bits');
  await gateway.connection.flush();
  for (const role of ['puller', 'executor', 'supervisor'] as const) {
    const other = await as(role);
    other.connection.publish(asked, `forged by the ${role}`);
    other.connection.publish(asked.replace('.builder.', `.${role}.`), `forged by the ${role}`);
    await other.connection.flush();
    assert.deepEqual(await refusals(other, 1), [`publish ${asked}`], role);
  }
  const builder = await as('builder');
  builder.connection.publish(asked, 'the answer');
  await builder.connection.flush();
  await gateway.connection.flush();
  assert.deepEqual(heard, ['the answer']);
});

test('a registry secret is handed to pullers, and no other role hears it or asks for it', async () => {
  const puller = await as('puller');
  const inbox = '_INBOX_puller.gateway.connection.token';
  const heard = hear(puller.connection, '_INBOX_puller.*.connection.*');
  await puller.connection.flush();
  for (const role of roles.filter((other) => other !== 'puller')) {
    const other = await as(role);
    const overheard = hear(other.connection, inbox);
    await other.connection.flush();
    // The question for it: an answer of a puller, with the key to seal it for.
    if (role !== 'gateway') other.connection.publish('_INBOX_gateway.puller.connection.token', 'my key');
    await other.connection.flush();
    const expected = [`subscription ${inbox}`];
    if (role !== 'gateway') expected.unshift('publish _INBOX_gateway.puller.connection.token');
    assert.deepEqual(await refusals(other, expected.length), expected, role);
    assert.equal(overheard.length, 0, role);
  }
  const gateway = await as('gateway');
  gateway.connection.publish(inbox, 'sealed');
  gateway.connection.publish(inbox.replace('gateway', 'operator'), "in another's name");
  await gateway.connection.flush();
  await puller.connection.flush();
  assert.deepEqual(
    heard.map((message) => message.string()),
    ['sealed'],
  );
});

test('a stage hears calls as a member of its queue group only', async () => {
  for (const stage of ['puller', 'builder'] as const) {
    const eavesdropper = await as(stage);
    const overheard = hear(eavesdropper.connection, `slipway.n1.${stage}.>`);
    const inAnotherGroup = eavesdropper.connection.subscribe(`slipway.n1.${stage}.>`, { queue: 'mine' });
    await eavesdropper.connection.flush();
    const gateway = await as('gateway');
    gateway.connection.publish(`slipway.n1.${stage}.Method`, 'with a secret');
    await gateway.connection.flush();
    await eavesdropper.connection.flush();
    assert.equal(overheard.length + inAnotherGroup.getReceived(), 0, stage);
    const refused = `subscription slipway.n1.${stage}.>`;
    assert.deepEqual(await refusals(eavesdropper, 2), [refused, refused], stage);
  }
});

test('the puller cannot call the executor, nor hear its calls', async () => {
  const executor = await as('executor');
  const puller = await as('puller');
  const gateway = await as('gateway');
  const heard = hear(executor.connection, 'slipway.n1.executor.runc.StopContainer');
  const overheard = hear(puller.connection, 'slipway.n1.executor.>');
  await executor.connection.flush();
  puller.connection.publish('slipway.n1.executor.runc.StopContainer', 'from the puller');
  await puller.connection.flush();
  gateway.connection.publish('slipway.n1.executor.runc.StopContainer', 'from the gateway');
  await gateway.connection.flush();
  await executor.connection.flush();
  await puller.connection.flush();
  assert.deepEqual(
    heard.map((message) => message.string()),
    ['from the gateway'],
  );
  assert.equal(overheard.length, 0);
  assert.deepEqual(await refusals(puller, 2), [
    'publish slipway.n1.executor.runc.StopContainer',
    'subscription slipway.n1.executor.>',
  ]);
});

test("no stage reads the gateway's inbox, cancels a call, or asks for services", async () => {
  for (const role of ['puller', 'builder', 'executor'] as const) {
    const stage = await as(role);
    const overheard = hear(stage.connection, '_INBOX_gateway.>');
    stage.connection.publish('slipway.n1.cancel.executor.crun', 'x');
    stage.connection.publish('$SRV.PING', 'x');
    await stage.connection.flush();
    assert.equal(overheard.length, 0, role);
    assert.deepEqual(
      await refusals(stage, 3),
      ['publish $SRV.PING', 'publish slipway.n1.cancel.executor.crun', 'subscription _INBOX_gateway.>'],
      role,
    );
  }
});

test('only the operator commands the supervisor', async () => {
  const supervisor = await as('supervisor');
  supervisor.connection.subscribe('slipway.n1.supervisor.Scale', {
    callback: (_error, message) => void message.respond('scaled'),
  });
  await supervisor.connection.flush();
  const operator = await as('operator');
  const answer = await operator.connection.request('slipway.n1.supervisor.Scale', '', { timeout: 2000 });
  assert.equal(answer.string(), 'scaled');
  assert.deepEqual([...supervisor.refused, ...operator.refused], []);
  for (const role of ['gateway', 'puller', 'builder', 'executor'] as const) {
    const other = await as(role);
    other.connection.publish('slipway.n1.supervisor.Scale', 'x');
    await other.connection.flush();
    assert.deepEqual(await refusals(other, 1), ['publish slipway.n1.supervisor.Scale'], role);
  }
});

test('a key is good only for its own node, and only stages publish their events', async () => {
  const gateway = await as('gateway');
  const builder = await as('builder');
  const events = hear(gateway.connection, 'slipway.n1.events.>');
  await gateway.connection.flush();
  builder.connection.publish('slipway.n1.events.span', 'span');
  builder.connection.publish('slipway.n1.events.container', 'forged');
  gateway.connection.publish('slipway.n2.executor.crun.StopContainer', 'other node');
  await builder.connection.flush();
  await gateway.connection.flush();
  assert.deepEqual(
    events.map((message) => message.string()),
    ['span'],
  );
  assert.deepEqual(await refusals(builder, 1), ['publish slipway.n1.events.container']);
  assert.deepEqual(await refusals(gateway, 1), ['publish slipway.n2.executor.crun.StopContainer']);
});

test('the services API finds stages with these permissions', async () => {
  const operator = await as('operator');
  const puller = await as('puller');
  const service = await puller.connection.services.add({
    name: 'slipway-puller',
    version: '0.1.0',
    queue: 'slipway-puller',
  });
  service.addGroup('slipway.n1.puller').addEndpoint('PullImage', (_error, message) => void message.respond('pulled'));
  await puller.connection.flush();
  const found: string[] = [];
  for await (const info of await operator.connection.services.client().ping('slipway-puller')) found.push(info.name);
  assert.deepEqual(found, ['slipway-puller']);
  assert.deepEqual([...operator.refused, ...puller.refused], []);
});
