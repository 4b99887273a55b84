import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerPhase, ContainerRecord } from '@slipway/contracts';
import { connectRecords, type Records } from '@slipway/records';
import { createLogger } from '@slipway/telemetry';
import { startRedis } from '@slipway/test-servers';
import { Exits } from '../src/nri/exits.js';

const log = createLogger({ stage: 'gateway', level: 'silent' });
const { CONTAINER_PHASE_RUNNING, CONTAINER_PHASE_EXITED } = ContainerPhase;

async function openRecords(t: TestContext): Promise<Records> {
  const redis = await startRedis();
  const root = mkdtempSync(join(tmpdir(), 'slipway-exits-'));
  const records = await connectRecords({ url: redis.url, node: `test-${randomUUID()}`, root, log });
  t.after(async () => {
    await records.close();
    await redis.stop();
    rmSync(root, { recursive: true });
  });
  return records;
}

async function move(records: Records, id: string, phase: ContainerPhase): Promise<ContainerRecord> {
  const record = await records.containers.transition(id, (now) => ({ ...now, phase }));
  assert.ok(record);
  return record;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await sleep(10);
  }
}

test('a container that a call ended and removed is reported once, though the journal is read later', async (t) => {
  const records = await openRecords(t);
  const closing = new AbortController();
  t.after(() => closing.abort());
  const told: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const exits = new Exits(
    { records, log, closing: closing.signal },
    async ({ id }) => {
      told.push(id);
      if (id === 'slow') await held;
    },
    () => true,
  );
  await exits.follow();
  for (const id of ['slow', 'removed', 'last']) {
    await records.containers.insert(id, ContainerRecord.create({ id, phase: CONTAINER_PHASE_RUNNING }));
  }
  // The reader of the journal waits for a plugin that takes its time.
  await move(records, 'slow', CONTAINER_PHASE_EXITED);
  await until('the first is reported', () => told.length > 0);
  await exits.ended(await move(records, 'removed', CONTAINER_PHASE_EXITED));
  exits.forget('removed');
  await records.containers.delete('removed');
  await move(records, 'last', CONTAINER_PHASE_EXITED);
  release();
  await until('the last is reported', () => told.includes('last'));
  assert.deepEqual(told, ['slow', 'removed', 'last']);
});
