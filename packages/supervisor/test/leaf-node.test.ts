import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type RunningServer, startNats } from '@slipway/test-servers';
import { connect, type NatsConnection, nkeyAuthenticator } from 'nats';
import { createLogger } from '@slipway/telemetry';
import type { Role } from '../src/permissions.js';
import { natsServer } from '../src/nats-server.js';
import { ensureKeys } from '../src/keys.js';

const log = createLogger({ stage: 'up', destination: { write: () => undefined } });

let hub: RunningServer;
let atHub: NatsConnection;
let clientOf: (node: 'n1' | 'n2', role: Role) => Promise<NatsConnection>;
const cleanup: (() => Promise<void> | void)[] = [];

before(async () => {
  const port = await freePort();
  hub = await startNats(`leafnodes { listen: "127.0.0.1:${port}" }`);
  cleanup.push(() => hub.stop());
  atHub = await connect({ servers: hub.url, noEcho: true });
  cleanup.push(() => atHub.close());
  const nodes = new Map<string, { url: string; seeds: Map<Role, string> }>();
  for (const node of ['n1', 'n2']) {
    const state = mkdtempSync(join(tmpdir(), 'slipway-leaf-'));
    cleanup.push(() => rmSync(state, { recursive: true }));
    const keys = ensureKeys(state);
    const leaf = { urls: [`nats-leaf://127.0.0.1:${port}`], credentials: '', ca: '' };
    const { url, spec } = await natsServer({ state, node, keys, maxPayloadBytes: 8 << 20, hub: leaf, log });
    const child = spawn(spec.command, spec.args, { stdio: 'ignore' });
    cleanup.push(async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    });
    nodes.set(node, { url, seeds: new Map(keys.map(({ role, file }) => [role, readFileSync(file, 'ascii').trim()])) });
  }
  clientOf = async (node, role) => {
    const { url = '', seeds } = nodes.get(node) ?? {};
    const seed = Buffer.from(seeds?.get(role) ?? '');
    for (let tries = 0; ; tries++) {
      try {
        const options = { authenticator: nkeyAuthenticator(seed), inboxPrefix: `_INBOX_${role}`, reconnect: false };
        const client = await connect({ servers: url, ...options });
        cleanup.push(() => client.close());
        return client;
      } catch (error) {
        if (tries > 250) throw error;
        await sleep(20);
      }
    }
  };
});

after(async () => {
  for (const work of cleanup.reverse()) await work();
});

/** Asks until the leaf nodes know each other's subscriptions. */
async function ask(client: NatsConnection, subject: string): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      return (await client.request(subject, 'question', { timeout: 500 })).string();
    } catch (error) {
      if (tries > 100) throw error;
      await sleep(50);
    }
  }
}

test('peers of two nodes that joined a hub ask and answer each other', async () => {
  const [one, two] = [await clientOf('n1', 'peer'), await clientOf('n2', 'peer')];
  one.subscribe('slipway.peers.read.n1', { callback: (_error, message) => void message.respond('from n1') });
  await one.flush();
  assert.equal(await ask(two, 'slipway.peers.read.n1'), 'from n1');
});

test("a node's own stages cannot be spoken to or overheard from the hub, nor from another node", async () => {
  const executor = await clientOf('n1', 'executor');
  const gateway = await clientOf('n1', 'gateway');
  const stranger = await clientOf('n2', 'gateway');
  const heard: string[] = [];
  const overheard: string[] = [];
  executor.subscribe('slipway.n1.executor.>', { callback: (_error, message) => void heard.push(message.string()) });
  atHub.subscribe('slipway.n1.>', { callback: (_error, message) => void overheard.push(message.subject) });
  atHub.subscribe('slipway.peers.find', { callback: (_error, message) => void overheard.push(message.subject) });
  await Promise.all([executor.flush(), atHub.flush()]);
  atHub.publish('slipway.n1.executor.crun.StopContainer', 'from the hub');
  stranger.publish('slipway.n1.executor.crun.StopContainer', 'from n2');
  gateway.publish('slipway.n1.executor.crun.StopContainer', 'from the gateway');
  await Promise.all([atHub.flush(), stranger.flush(), gateway.flush()]);
  // Messages on their way to the hub arrive before this one.
  const peer = await clientOf('n1', 'peer');
  for (let tries = 0; overheard.length === 0 && tries < 250; tries++) {
    peer.publish('slipway.peers.find', 'where');
    await sleep(20);
  }
  await executor.flush();
  assert.deepEqual(heard, ['from the gateway']);
  assert.deepEqual(new Set(overheard), new Set(['slipway.peers.find']));
});
