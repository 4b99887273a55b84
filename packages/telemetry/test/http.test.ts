import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { Metrics, serveHttp } from '../src/index.js';

test('health, readiness with reasons, metrics', async () => {
  let reasons: Record<string, string> = { nats: 'disconnected' };
  const metrics = new Metrics({ stage: 'puller' });
  const server = await serveHttp({ ready: () => reasons, metrics });
  try {
    const at = `http://${server.address}:${server.port}`;
    const health = await fetch(`${at}/healthz`);
    assert.equal(health.status, 200);
    const notReady = await fetch(`${at}/readyz`);
    assert.equal(notReady.status, 503);
    assert.deepEqual(await notReady.json(), { ready: false, reasons: { nats: 'disconnected' } });
    reasons = {};
    const ready = await fetch(`${at}/readyz`);
    assert.equal(ready.status, 200);
    assert.deepEqual(await ready.json(), { ready: true, reasons: {} });
    const missing = await fetch(`${at}/nothing`);
    assert.equal(missing.status, 404);
    const exposed = await fetch(`${at}/metrics`);
    assert.match(exposed.headers.get('content-type') ?? '', /^text\/plain/);
    assert.match(await exposed.text(), /^process_resident_memory_bytes\{stage="puller"\} \d+$/m);
  } finally {
    await server.close();
  }
  await assert.rejects(fetch(`http://${server.address}:${server.port}/healthz`));
});

test('a readiness check that throws is not ready', async () => {
  const server = await serveHttp({ ready: () => Promise.reject(new Error('redis: timed out')) });
  try {
    const response = await fetch(`http://127.0.0.1:${server.port}/readyz`);
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { ready: false, reasons: { check: 'redis: timed out' } });
  } finally {
    await server.close();
  }
});

test('requests that arrive together before the first answer are all answered', async () => {
  const server = await serveHttp();
  try {
    const at = `http://127.0.0.1:${server.port}/healthz`;
    const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(at)));
    assert.deepEqual(
      answers.map((answer) => answer.status),
      Array.from({ length: 8 }, () => 200),
    );
  } finally {
    await server.close();
  }
});

test('a taken port is an error that names it', async () => {
  const first = await serveHttp();
  try {
    await assert.rejects(serveHttp({ port: first.port }), (error) => {
      assert.ok(isSlipwayError(error));
      assert.equal(error.code, 'INVALID_CONFIG');
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${first.port}`));
      return true;
    });
  } finally {
    await first.close();
  }
});
