import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { type CgroupMode, type Cgroups, limitCgroup } from '../src/index.js';

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-limits-'));
  for (const directory of ['cpu/pod', 'memory/pod', 'pod']) mkdirSync(join(root, directory), { recursive: true });
});
after(() => rmSync(root, { recursive: true, force: true }));

/** Hierarchies whose files are plain ones: what would be written can be read. */
function plain(mode: CgroupMode, controllers = ['cpu', 'memory']): Cgroups {
  const controller = (name: string): string | undefined =>
    controllers.includes(name) ? (mode === 'v2' ? root : join(root, name)) : undefined;
  const directory = (name: string, path: string): string | undefined => {
    const mountpoint = controller(name);
    return mountpoint === undefined ? undefined : mountpoint + path;
  };
  return { mode, mountpoints: [root], controller, directory, directories: (path) => [root + path] };
}
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('v1 gets shares, quota and a limit in bytes', () => {
  limitCgroup(plain('v1'), '/pod', { cpuShares: 512n, cpuQuota: 50_000n, memory: 64n << 20n });
  assert.equal(read('cpu/pod/cpu.shares'), '512');
  assert.equal(read('cpu/pod/cpu.cfs_period_us'), '100000');
  assert.equal(read('cpu/pod/cpu.cfs_quota_us'), '50000');
  assert.equal(read('memory/pod/memory.limit_in_bytes'), String(64 << 20));
});

test('v2 gets a weight, both figures of cpu.max, and max for no limit', () => {
  limitCgroup(plain('v2'), '/pod', { cpuShares: 1024n, cpuQuota: 50_000n, cpuPeriod: 20_000n, memory: 1n << 20n });
  assert.deepEqual(
    ['cpu.weight', 'cpu.max', 'memory.max'].map((file) => read(`pod/${file}`)),
    ['100', '50000 20000', '1048576'],
  );
  limitCgroup(plain('v2'), '/pod', { cpuShares: 1_000_000n, cpuQuota: -1n, memory: -1n });
  assert.deepEqual(
    ['cpu.weight', 'cpu.max', 'memory.max'].map((file) => read(`pod/${file}`)),
    ['10000', 'max 100000', 'max'],
  );
});

test('absent limits stay, missing controllers are skipped, refusals of the kernel are reported', () => {
  limitCgroup(plain('v2'), '/pod', { memory: 5n });
  limitCgroup(plain('v2'), '/pod', {});
  assert.equal(read('pod/memory.max'), '5');
  limitCgroup(plain('v1', []), '/pod', { memory: 5n });
  assert.throws(
    () => limitCgroup(plain('v2'), '/missing', { memory: 5n }),
    (error) => isSlipwayError(error) && /memory\.max cannot become 5/.test(error.message),
  );
});
