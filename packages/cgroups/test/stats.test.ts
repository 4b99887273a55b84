import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type CgroupMode,
  type Cgroups,
  detectCgroups,
  ensureCgroup,
  killCgroup,
  openCgroupReader,
  removeCgroup,
} from '../src/index.js';
import { v1Files, v2Files } from './trees.js';

/** Hierarchies that are plain directories: `files` are paths below them, as a kernel showed them. */
function recorded(t: TestContext, mode: CgroupMode, files: Record<string, string>): Cgroups {
  const top = mkdtempSync(join(tmpdir(), 'slipway-cg-'));
  t.after(() => rmSync(top, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  }
  const controllers = ['cpuacct', 'cpu', 'memory', 'pids', 'blkio', 'hugetlb'];
  const v1 = mode === 'v2' ? [] : controllers.map((name) => join(top, name));
  const unified = join(top, 'unified');
  const all = mode === 'v1' ? v1 : [...v1, unified];
  const controller = (name: string): string | undefined =>
    mode === 'v2' ? unified : controllers.includes(name) ? join(top, name) : undefined;
  return {
    mode,
    mountpoints: all,
    controller,
    directories: (path) => all.map((mountpoint) => mountpoint + path),
    directory: (name, path) => {
      const mountpoint = controller(name);
      return mountpoint && mountpoint + path;
    },
  };
}

test('figures of a v2 cgroup', (t) => {
  const reader = openCgroupReader(recorded(t, 'v2', v2Files('/pod/box')), '/pod/box');
  assert.equal(reader.path, '/pod/box');
  assert.equal(reader.cpuUsage(), 1_504_321_000n);
  assert.deepEqual(reader.memory(), {
    usage: 61_239_296n,
    workingSet: 61_239_296n - 4_210_688n,
    rss: 52_428_800n,
    pageFaults: 15_340n,
    majorPageFaults: 12n,
    limit: 134_217_728n,
    swap: { usage: 8192n, limit: undefined },
  });
  assert.deepEqual(reader.pressure('cpu'), {
    some: { total: 204_811n, avg10: 1.53, avg60: 0.87, avg300: 0.21 },
    full: { total: 198_004n, avg10: 1.5, avg60: 0.85, avg300: 0.2 },
  });
  assert.equal(reader.processes()?.length, 4, 'three of its own and one in a cgroup below');
  assert.deepEqual(reader.threads(), { current: 7n, limit: undefined });
  assert.deepEqual(reader.cpuDetail(), {
    user: 1_203_456_000n,
    system: 300_865_000n,
    periods: 50n,
    throttledPeriods: 12n,
    throttledTime: 640_120_000n,
  });
  assert.deepEqual(reader.cpuLimits(), { period: 100_000n, quota: 20_000n, shares: 1024n });
  assert.deepEqual(reader.memoryDetail(), {
    cache: 7_340_032n,
    mappedFile: 1_048_576n,
    activeFile: 3_129_344n,
    inactiveFile: 4_210_688n,
    swap: 8192n,
    kernel: 1_470_464n,
    maxUsage: 70_000_640n,
    limitHits: 3n,
    oomKills: 1n,
    ownPageFaults: 15_340n,
    ownMajorPageFaults: 12n,
  });
  assert.deepEqual(reader.memoryLimits(), { limit: 134_217_728n, reservation: undefined, swapLimit: undefined });
  assert.deepEqual(reader.blockDevices(), [
    { major: 8, minor: 0, readBytes: 1_310_720n, writeBytes: 10_485_760n, reads: 40n, writes: 160n },
    { major: 253, minor: 1, readBytes: 0n, writeBytes: 4096n, reads: 0n, writes: 1n },
  ]);
  assert.deepEqual(reader.hugePages(), [{ pageSize: '2MB', usage: 4_194_304n, maxUsage: 0n }]);
});

for (const mode of ['v1', 'hybrid'] as const) {
  test(`figures of a ${mode} cgroup`, (t) => {
    const reader = openCgroupReader(recorded(t, mode, v1Files('/pod/box')), '/pod/box');
    assert.equal(reader.cpuUsage(), 1_504_321_987n);
    assert.deepEqual(reader.memory(), {
      usage: 61_239_296n,
      workingSet: 61_239_296n - 4_210_688n,
      rss: 52_428_800n,
      pageFaults: 15_340n,
      majorPageFaults: 12n,
      limit: 134_217_728n,
      swap: { usage: 8192n, limit: 67_108_864n },
    });
    assert.equal(reader.processes()?.length, 3);
    assert.deepEqual(reader.threads(), { current: 7n, limit: 100n });
    assert.deepEqual(reader.cpuDetail(), {
      user: 1_200_000_000n,
      system: 300_000_000n,
      periods: 50n,
      throttledPeriods: 12n,
      throttledTime: 640_120_345n,
    });
    assert.deepEqual(reader.cpuLimits(), { period: 100_000n, quota: undefined, shares: 512n });
    const detail = reader.memoryDetail();
    assert.deepEqual([detail?.ownPageFaults, detail?.oomKills, detail?.limitHits], [15_000n, 2n, 9n]);
    assert.deepEqual(reader.memoryLimits(), {
      limit: 134_217_728n,
      reservation: undefined,
      swapLimit: 201_326_592n,
    });
    assert.deepEqual(reader.blockDevices(), [
      { major: 8, minor: 0, readBytes: 1_310_720n, writeBytes: 10_485_760n, reads: 40n, writes: 160n },
    ]);
    assert.deepEqual(reader.hugePages(), [{ pageSize: '2MB', usage: 4_194_304n, maxUsage: 6_291_456n }]);
    const some = reader.pressure('memory')?.some.total;
    assert.equal(some, mode === 'hybrid' ? 77n : undefined, 'only the unified hierarchy has pressure');
  });
}

test('a hybrid cgroup that the unified hierarchy does not hold has no pressure, instead of none at all', (t) => {
  const files = { ...v1Files('/pod/box'), 'unified/pod/box/cgroup.events': 'populated 0\nfrozen 0\n' };
  const reader = openCgroupReader(recorded(t, 'hybrid', files), '/pod/box');
  assert.equal(reader.pressure('memory'), undefined);
});

test('a cgroup that is gone, or a controller that is not there, has no figures', (t) => {
  for (const mode of ['v1', 'hybrid', 'v2'] as const) {
    const reader = openCgroupReader(recorded(t, mode, {}), '/pod/none');
    const figures = [reader.cpuUsage(), reader.memory(), reader.processes(), reader.threads(), reader.cpuDetail()];
    const more = [reader.cpuLimits(), reader.memoryDetail(), reader.memoryLimits(), reader.pressure('io')];
    assert.deepEqual([...figures, ...more], Array(9).fill(undefined));
    assert.deepEqual([reader.blockDevices(), reader.hugePages()], [[], []]);
  }
});

test('a reader goes on when its cgroup is created again', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async (t) => {
  const cgroups = detectCgroups();
  const name = `/slipway-test-${randomBytes(4).toString('hex')}`;
  t.after(() => removeCgroup(cgroups, name));
  ensureCgroup(cgroups, name);
  const reader = openCgroupReader(cgroups, name);
  t.after(() => reader.close());
  assert.deepEqual(reader.processes(), []);
  await removeCgroup(cgroups, name);
  ensureCgroup(cgroups, name);
  assert.deepEqual(reader.processes(), [], 'of the new one');
  assert.equal(reader.memory()?.rss, 0n);
  await removeCgroup(cgroups, name);
  assert.deepEqual([reader.processes(), reader.memory()], [undefined, undefined]);
});

test('processes are found in cgroups below that come and go', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async (t) => {
  const cgroups = detectCgroups();
  const name = `/slipway-test-${randomBytes(4).toString('hex')}`;
  const child = spawn('sleep', ['60']);
  const pid = child.pid as number;
  t.after(async () => {
    await killCgroup(cgroups, name);
    await removeCgroup(cgroups, name);
  });
  const below = (path: string): string => `${name}/${path}`;
  for (const path of ['one', 'two/inner']) ensureCgroup(cgroups, below(path));
  const reader = openCgroupReader(cgroups, name);
  t.after(() => reader.close());
  const moveTo = (path: string): void => {
    for (const directory of cgroups.directories(below(path))) writeFileSync(`${directory}/cgroup.procs`, String(pid));
  };
  assert.deepEqual(reader.processes(), []);
  for (const path of ['one', 'two', 'two/inner']) {
    moveTo(path);
    assert.deepEqual(reader.processes(), [pid], path);
  }
  // As many below as before, and not the same.
  await removeCgroup(cgroups, below('one'));
  ensureCgroup(cgroups, below('three'));
  moveTo('three');
  assert.deepEqual(reader.processes(), [pid], 'three');
  await removeCgroup(cgroups, below('two/inner'));
  ensureCgroup(cgroups, below('two/other'));
  moveTo('two/other');
  assert.deepEqual(reader.processes(), [pid], 'two/other');
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  assert.deepEqual(reader.processes(), []);
});

test('figures of a real process are the kernel’s own', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async (t) => {
  const cgroups = detectCgroups();
  const name = `/slipway-test-${randomBytes(4).toString('hex')}`;
  ensureCgroup(cgroups, name);
  t.after(async () => {
    await killCgroup(cgroups, name);
    await removeCgroup(cgroups, name);
  });
  const script =
    'const hold = Buffer.alloc(64 << 20, 1); for (let end = Date.now() + 300; Date.now() < end;); console.log(hold.length); setInterval(() => {}, 1000)';
  const child = spawn('sh', ['-c', 'read go; exec "$@"', 'sh', process.execPath, '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for (const directory of cgroups.directories(name)) writeFileSync(`${directory}/cgroup.procs`, String(child.pid));
  child.stdin.end('\n');
  await once(child.stdout, 'data');

  const reader = openCgroupReader(cgroups, name);
  const cpu = Number(reader.cpuUsage());
  const ticks = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ofKernel = (Number(ticks[11]) + Number(ticks[12])) * 1e7;
  assert.ok(Math.abs(cpu - ofKernel) < 3e7, `${cpu} ns, and ${ofKernel} of /proc`);
  const rss = Number(reader.memory()?.rss);
  const anonymous = Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024;
  assert.ok(rss > 64 << 20);
  assert.ok(Math.abs(rss - anonymous) < anonymous * 0.05, `${rss} bytes, and ${anonymous} of /proc`);
  assert.deepEqual(reader.processes(), [child.pid]);
  assert.ok(Number(reader.threads()?.current) > 1);
});
