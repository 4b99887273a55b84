import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../src/index.js';

async function samples(metrics: Metrics): Promise<Map<string, number>> {
  const { text } = await metrics.expose();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test('calls are counted by method and outcome, with cumulative durations', async () => {
  const metrics = new Metrics({ stage: 'builder' });
  metrics.observe({ method: 'BuildBundle', outcome: 'ok', seconds: 0.003 });
  metrics.observe({ method: 'BuildBundle', outcome: 'ok', seconds: 0.2 });
  metrics.observe({ method: 'BuildBundle', outcome: 'DISK_FULL', seconds: 100 });
  const found = await samples(metrics);
  const at = (name: string, labels: string) => found.get(`${name}{${labels},stage="builder"}`);
  const total = 'slipway_stage_calls_total';
  assert.equal(at(total, 'method="BuildBundle",outcome="ok"'), 2);
  assert.equal(at(total, 'method="BuildBundle",outcome="DISK_FULL"'), 1);
  const duration = 'slipway_stage_call_duration_seconds';
  assert.equal(at(`${duration}_bucket`, 'le="0.0025",method="BuildBundle"'), 0);
  assert.equal(at(`${duration}_bucket`, 'le="0.005",method="BuildBundle"'), 1);
  assert.equal(at(`${duration}_bucket`, 'le="0.25",method="BuildBundle"'), 2);
  assert.equal(at(`${duration}_bucket`, 'le="+Inf",method="BuildBundle"'), 3);
  assert.equal(at(`${duration}_count`, 'method="BuildBundle"'), 3);
  assert.ok(Math.abs((at(`${duration}_sum`, 'method="BuildBundle"') ?? 0) - 100.203) < 1e-9);
});

test('a call in flight is counted until its end, which counts once', async () => {
  const metrics = new Metrics();
  const end = metrics.begin('PullImage');
  const inFlight = 'slipway_stage_calls_in_flight{method="PullImage"}';
  assert.equal((await samples(metrics)).get(inFlight), 1);
  end('ok');
  end('ok');
  const found = await samples(metrics);
  assert.equal(found.get(inFlight), 0);
  assert.equal(found.get('slipway_stage_calls_total{method="PullImage",outcome="ok"}'), 1);
});

test('gauges are read at the scrape', async () => {
  const metrics = new Metrics();
  let value = 1;
  metrics.gauge('containers', 'Containers that run.', () => value);
  assert.equal((await samples(metrics)).get('slipway_containers'), 1);
  value = 7;
  assert.equal((await samples(metrics)).get('slipway_containers'), 7);
});
