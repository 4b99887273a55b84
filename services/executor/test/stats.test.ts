import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { NetDevCounters } from '@slipway/linux';
import { createLogger } from '@slipway/telemetry';
import { openFiles } from '../src/stats/cgroup-detail.js';
import { nanoCores } from '../src/stats/cpu-rate.js';
import { interfaceCounters, networkUsage, readCounters } from '../src/stats/pod-network.js';
import { WritableLayers } from '../src/stats/writable-layers.js';

const log = createLogger({ stage: 'executor', level: 'silent' });

test('a rate is that between two readings', () => {
  // Half a core for two seconds.
  assert.equal(nanoCores({ at: 1000, usage: 5n }, { at: 3000, usage: 1_000_000_005n }), 500_000_000n);
  assert.equal(nanoCores({ at: 1000, usage: 5n }, { at: 3000, usage: 5n }), 0n);
  assert.equal(nanoCores(undefined, { at: 3000, usage: 5n }), undefined);
  assert.equal(nanoCores({ at: 3000, usage: 5n }, { at: 3000, usage: 6n }), undefined);
  assert.equal(nanoCores({ at: 1000, usage: 50n }, { at: 3000, usage: 5n }), undefined, 'a counter that began again');
});

function bundle(t: TestContext): { dir: string; upper: string } {
  const dir = mkdtempSync(join(tmpdir(), 'slipway-st-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const upper = join(dir, 'upper');
  mkdirSync(upper);
  return { dir, upper };
}

test('a writable layer is measured as du does, behind the caller', async (t) => {
  const { dir, upper } = bundle(t);
  for (let at = 0; at < 300; at++) {
    mkdirSync(join(upper, `d${at}`));
    writeFileSync(join(upper, `d${at}`, 'file'), Buffer.alloc(at * 100));
  }
  linkSync(join(upper, 'd299', 'file'), join(upper, 'd1', 'again'));
  symlinkSync('/', join(upper, 'everything'));
  const layers = new WritableLayers(log);
  t.after(() => layers.close());
  assert.equal(layers.read('c', dir), undefined, 'not yet');
  await layers.settle(30_000);
  const usage = layers.read('c', dir);
  const du = (flag: string): number =>
    Number.parseInt(execFileSync('du', ['-s', flag, upper], { encoding: 'utf8' }), 10);
  assert.deepEqual([usage?.bytes, usage?.inodes], [du('-B1'), du('--inodes')]);

  writeFileSync(join(upper, 'more'), 'x');
  await layers.settle(30_000);
  assert.equal(layers.read('c', dir), usage, 'not walked again immediately');
  layers.keep(new Set(['other']));
  assert.equal(layers.read('c', dir), undefined, 'forgotten');
  await layers.settle(30_000);
  assert.equal(layers.read('c', dir)?.inodes, (usage?.inodes ?? 0) + 1);
});

test('open files are counted however many there are, and no more than some thousand are looked at', async (t) => {
  const program = [
    'import os, resource, socket, sys',
    'resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)',
    's = [socket.socket() for _ in range(10)]',
    'n = [os.dup(0) for _ in range(int(sys.argv[1]))]',
    'print("ready", flush=True); sys.stdin.read()',
  ].join('\n');
  const counted = async (number: number): Promise<ReturnType<typeof openFiles>> => {
    const child = spawn('python3', ['-c', program, String(number)], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    return openFiles([child.pid ?? 0]);
  };
  const [few, some, many] = [await counted(100), await counted(1100), await counted(6100)];
  // Node gives its children sockets for pipes: the copies of standard input are such.
  assert.deepEqual([some.files - few.files, some.sockets - few.sockets], [1000, 1000]);
  assert.ok(few.files >= 113 && few.sockets >= 112);
  // The size of /proc/<pid>/fd is their number since Linux 6.2.
  assert.ok(many.files === few.files + 6000 || many.files === 4096, String(many.files));
  assert.ok(many.sockets <= 4096);
});

test('a layer that is gone uses nothing, and does not keep others from being measured', async (t) => {
  const { dir, upper } = bundle(t);
  writeFileSync(join(upper, 'file'), 'text');
  const layers = new WritableLayers(log);
  t.after(() => layers.close());
  layers.read('gone', join(dir, 'none'));
  layers.read('here', dir);
  await layers.settle(30_000);
  assert.equal(layers.read('gone', join(dir, 'none'))?.bytes, 0);
  assert.equal(layers.read('here', dir)?.inodes, 2);
});

function counters(name: string, rxBytes: bigint): NetDevCounters {
  const zero = { rxPackets: 0n, rxErrors: 0n, rxDropped: 0n, txBytes: 7n, txPackets: 0n, txErrors: 0n, txDropped: 3n };
  return { interface: name, rxBytes, ...zero };
}

test('pods’ counters come by one call; the default interface is separate', async () => {
  const asked: (readonly string[])[] = [];
  const thread = {
    netDevs: async (netns: readonly string[]) => {
      asked.push(netns);
      return [[counters('lo', 1n), counters('net1', 2n), counters('eth0', 3n)], undefined];
    },
  };
  const pods = [
    { id: 'a', netns: '/ns/a' },
    { id: 'b', netns: '/ns/b' },
  ];
  const read = await readCounters(thread, pods);
  assert.deepEqual([asked, [...read.keys()]], [[['/ns/a', '/ns/b']], ['a']]);
  const usage = networkUsage(read.get('a') ?? assert.fail());
  assert.deepEqual([usage.defaultInterface?.name, usage.defaultInterface?.rxBytes?.value], ['eth0', 3n]);
  assert.deepEqual(
    usage.interfaces?.map(({ name }) => name),
    ['net1', 'eth0'],
    'all but the loopback, as a kubelet copies them',
  );
  assert.deepEqual(interfaceCounters(counters('eth0', 9n)).txDropped, 3n);
  assert.equal((await readCounters(thread, [])).size, 0);
  assert.equal(asked.length, 1, 'nobody is asked for nothing');
});
