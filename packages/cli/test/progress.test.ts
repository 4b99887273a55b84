import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { PullProgress } from '@slipway/contracts';
import { barLines, totalLine } from '../src/progress/bars.js';
import { progressView } from '../src/progress/show-progress.js';

const layer = (at: number, step: string, bytesDone: bigint) => ({
  digest: `sha256:${at.toString(16).padStart(64, '0')}`,
  step,
  bytesDone,
  bytesTotal: 10_000_000n,
});

function progress(layers: ReturnType<typeof layer>[], step = 'fetch'): PullProgress {
  return PullProgress.create({
    reference: 'busybox',
    step,
    layers,
    bytesDone: layers.reduce((sum, { bytesDone }) => sum + bytesDone, 0n),
    bytesTotal: BigInt(layers.length) * 10_000_000n,
    layersDone: layers.filter((one) => one.step === 'done').length,
    layersTotal: layers.length,
    bytesPerSecond: 2_500_000n,
  });
}

test('each layer has a bar, and the total tells bytes, rate, time and layers', () => {
  const lines = barLines(progress([layer(1, 'done', 10_000_000n), layer(2, 'fetch', 5_000_000n)]), {
    columns: 120,
    rows: 24,
  });
  assert.deepEqual(lines, [
    `0000000000000  done    [${'#'.repeat(30)}] 10.0 MB`,
    `0000000000000  fetch   [${'#'.repeat(15)}${'.'.repeat(15)}] 5.0 MB of 10.0 MB`,
    `total          fetch   [${'#'.repeat(23)}${'.'.repeat(7)}] 15.0 MB of 20.0 MB, 2.5 MB/s, 2 s left, 1 of 2 layers`,
  ]);
});

test('150 layers fit on any screen: what works is shown, the rest is summed up', () => {
  const layers = Array.from({ length: 150 }, (_, at) =>
    at < 100 ? layer(at, 'done', 10_000_000n) : at < 103 ? layer(at, 'fetch', 1n) : layer(at, 'wait', 0n),
  );
  for (const [columns, rows] of [
    [80, 24],
    [20, 5],
    [200, 60],
  ] as const) {
    const lines = barLines(progress(layers), { columns, rows });
    assert.ok(lines.length < rows, `${lines.length} lines on ${rows} rows`);
    for (const line of lines) assert.ok(line.length < columns, line);
  }
  const lines = barLines(progress(layers), { columns: 80, rows: 24 });
  assert.equal(lines.filter((line) => line.includes('fetch')).length, 4);
  assert.match(lines.join('\n'), /and 130 more, 100 of them done/);
});

test('before the layers are known only the step is printed', () => {
  assert.equal(totalLine(PullProgress.create({ step: 'resolve' }), 80), 'total          resolve');
});

function stream(isTTY: boolean): { written(): string; stream: NodeJS.WriteStream } {
  let text = '';
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { written: () => text, stream: Object.assign(sink, { isTTY, columns: 80, rows: 24 }) as never };
}

test('a terminal is drawn over and left clean, a log gets a line a step without control characters', () => {
  const terminal = stream(true);
  const bars = progressView(terminal.stream);
  bars.show(progress([layer(1, 'fetch', 1n)]));
  bars.show(progress([layer(1, 'fetch', 2n)]));
  bars.end();
  assert.equal(terminal.written().split('\x1b[2A\r\x1b[J').length, 3);
  assert.ok(terminal.written().endsWith('\x1b[J'));

  const log = stream(false);
  const lines = progressView(log.stream);
  for (let at = 0; at < 10; at++) lines.show(progress([layer(1, 'fetch', BigInt(at))]));
  lines.show(progress([layer(1, 'done', 10_000_000n)], 'sync'));
  lines.end();
  assert.deepEqual(log.written().split('\n'), [
    'busybox: fetch   0 B of 10.0 MB, 2.5 MB/s, 4 s left, 0 of 1 layers',
    'busybox: sync    10.0 MB of 10.0 MB, 1 of 1 layers',
    '',
  ]);
});
