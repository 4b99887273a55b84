import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CgroupDetail, FilesystemCapacity, InterfaceCounters } from '@slipway/contracts';
import { CpuUsage, FilesystemUsage, IoUsage, MemoryUsage, Metric, MetricType } from '@slipway/cri';
import { batches } from '../src/server/batches.js';
import type { MetricSource } from '../src/metrics/definition.js';
import { commonLabels, containerMetrics, describeMetrics, evaluate, podMetrics } from '../src/metrics/metrics.js';

const psi = { Some: { Total: 3_900_000_000n }, Full: { Total: 2_000_000_000n } };
const source: MetricSource = {
  startedAt: 1_700_000_000_900_000_000n,
  cpu: CpuUsage.create({ usageCoreNanoSeconds: { value: 61_999_000_000n }, psi }),
  memory: MemoryUsage.create({
    usageBytes: { value: 5n },
    workingSetBytes: { value: 4n },
    rssBytes: { value: 3n },
    pageFaults: { value: 11n },
    majorPageFaults: { value: 1n },
    psi,
  }),
  io: IoUsage.create({ psi }),
  writableLayer: FilesystemUsage.create({ usedBytes: { value: 4096n }, inodesUsed: { value: 6n } }),
  fileSystem: FilesystemCapacity.create({ device: '/dev/sda1', bytes: 100n }),
  interfaces: [InterfaceCounters.create({ name: 'eth0', rxBytes: 8n, txDropped: 9n })],
  detail: CgroupDetail.create({
    cgroup: '/pod/c',
    timestamp: 1_700_000_100_000_000_000n,
    cpu: { user: 40_000_000_000n },
    cpuLimits: { quota: 20_000n },
    memory: { ownPageFaults: 7n },
    memoryLimits: {},
    tasks: { processes: 2n, maxOpenFiles: 1024n },
    blockDevices: [
      { major: 8, minor: 0, device: '/dev/sda', readBytes: 1n, writeBytes: 2n },
      { major: 9, minor: 1 },
    ],
    hugePages: [{ pageSize: '2MB', usage: 3n }],
  }),
};
/** As a client reads them. */
function metricsOf(from: MetricSource): Metric[] {
  return evaluate([...containerMetrics, ...podMetrics], labels, from).map((metric) =>
    Metric.decode(Metric.encode(metric)),
  );
}

const labels = { id: '/pod/c', name: 'c', image: 'i', container: 'box', pod: 'p', namespace: 'n' };

test('every metric is described once, with the labels that its values have', () => {
  const descriptors = describeMetrics();
  const byName = new Map(descriptors.map((descriptor) => [descriptor.name, descriptor]));
  assert.equal(byName.size, descriptors.length);
  const all = metricsOf(source);
  for (const { name, labelValues, metricType } of all) {
    const { labelKeys, help } = byName.get(name) ?? assert.fail(`${name} is not described`);
    assert.equal(labelValues.length, labelKeys?.length, name);
    assert.deepEqual(labelValues.slice(0, commonLabels.length), Object.values(labels));
    assert.deepEqual(labelKeys?.slice(0, commonLabels.length), [...commonLabels]);
    assert.ok(help);
    // A container's inodes become fewer when it removes files; the name is cAdvisor's.
    if (name.endsWith('_total') && name !== 'container_fs_inodes_total')
      assert.equal(metricType, MetricType.COUNTER, name);
  }
  assert.deepEqual(
    descriptors.filter(({ name }) => !all.some((metric) => metric.name === name)),
    [],
    'a full source gives a value to each',
  );
});

test('values in the units of their names', () => {
  const values = new Map(
    metricsOf(source).map(({ name, labelValues, value }) => [
      [name, ...labelValues.slice(commonLabels.length)].join(' '),
      value?.value,
    ]),
  );
  const expected: Record<string, bigint> = {
    'container_cpu_usage_seconds_total total': 61n,
    container_cpu_user_seconds_total: 40n,
    container_spec_cpu_quota: 20_000n,
    'container_memory_failures_total pgfault container': 7n,
    'container_memory_failures_total pgfault hierarchy': 11n,
    'container_fs_usage_bytes /dev/sda1': 4096n,
    'container_fs_writes_bytes_total /dev/sda': 2n,
    'container_fs_reads_total 9:1': 0n,
    'container_blkio_device_usage_total /dev/sda 8 0 Read': 1n,
    'container_hugetlb_usage_bytes 2MB': 3n,
    'container_network_transmit_packets_dropped_total eth0': 9n,
    container_pressure_io_waiting_seconds_total: 3n,
    container_pressure_io_stalled_seconds_total: 2n,
    container_start_time_seconds: 1_700_000_000n,
    container_last_seen: 1_700_000_100n,
    'container_ulimits_soft max_open_files': 1024n,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(values.get(name), value, name);
});

test('what could not be read has no value, rather than zero', () => {
  const little = { startedAt: 1n, detail: CgroupDetail.create({ cgroup: '/pod/c', timestamp: 5n }) };
  const names = metricsOf(little).map(({ name }) => name);
  assert.deepEqual([...new Set(names)], ['container_last_seen', 'container_start_time_seconds']);
});

test('batches hold each item once', () => {
  assert.deepEqual([...batches([1, 2, 3, 4, 5], 2)], [[1, 2], [3, 4], [5]]);
  assert.deepEqual([...batches([1, 2], 2)], [[1, 2]]);
  assert.deepEqual([...batches([], 2)], []);
});
