import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContainerEventType, ContainerStatus, PodSandboxStats } from '@slipway/cri';
import { containerDetails, describe } from '../src/client/details.js';
import { age, bytes, iso } from '../src/client/units.js';
import { usageBetween } from '../src/client/usage.js';
import { eventRow } from '../src/commands/events.js';
import { topTable } from '../src/commands/top.js';

const second = 1_000_000_000n;

function podAt(seconds: bigint, cpu: bigint, received: bigint): PodSandboxStats {
  const timestamp = seconds * second;
  const usage = {
    cpu: { timestamp, usageCoreNanoSeconds: { value: cpu } },
    memory: { timestamp, workingSetBytes: { value: 23_400_000n } },
  };
  return PodSandboxStats.create({
    attributes: { id: 'p1', metadata: { namespace: 'default', name: 'web' } },
    linux: {
      ...usage,
      network: {
        timestamp,
        defaultInterface: { name: 'eth0', rxBytes: { value: received }, txBytes: { value: 0n } },
      },
      process: { timestamp, processCount: { value: 3n } },
      containers: [{ ...usage, attributes: { id: 'c1', metadata: { name: 'nginx' } } }],
    },
  });
}

test('bytes have the unit in which they are short', () => {
  const wanted = { 0: '0 B', 999: '999 B', 1000: '1.0 kB', 23_400_000: '23.4 MB', 123_456_789: '123 MB' };
  for (const [value, text] of Object.entries(wanted)) assert.equal(bytes(BigInt(value)), text);
  assert.equal(bytes(999_600), '1.0 MB');
  assert.equal(bytes(5n * 10n ** 15n), '5000 TB');
});

test('an age is in the largest unit that says something, and no time has none', () => {
  const now = 1_000_000_000_000;
  const ago = (ms: number): string => age(BigInt(now - ms) * 1_000_000n, now);
  assert.deepEqual(
    [ago(0), ago(119_000), ago(121_000), ago(7_200_000), ago(40 * 86_400_000)],
    ['0s', '119s', '2m', '2h', '40d'],
  );
  assert.equal(ago(-5000), '0s');
  assert.equal(iso(0n), '');
});

test('rates are those between two samples; of one sample, or the same one twice, there are none', () => {
  const [before, now] = [podAt(10n, 0n, 1000n), podAt(12n, second, 5000n)];
  const [pod] = usageBetween([before], [now]);
  assert.deepEqual([pod?.cpu, pod?.receives, pod?.sends, pod?.processes], [0.5, 2000, 0, 3]);
  assert.deepEqual([pod?.containers[0]?.cpu, pod?.containers[0]?.memory], [0.5, 23_400_000]);
  for (const earlier of [[], [now]]) {
    const [fresh] = usageBetween(earlier, [now]);
    assert.deepEqual([fresh?.cpu, fresh?.receives, fresh?.memory], [undefined, undefined, 23_400_000]);
  }
  assert.equal(
    topTable(usageBetween([before], [now])),
    [
      'POD, CONTAINER  CORES  MEMORY   IN/S    OUT/S  DISK  PROCESSES',
      'default/web     0.500  23.4 MB  2.0 kB  0 B          3',
      '  nginx         0.500  23.4 MB                 -',
    ].join('\n'),
  );
});

test('an event names the pod and container that it is about', () => {
  const event = {
    createdAt: 1_700_000_000n * second,
    podSandboxStatus: { id: 'p1', metadata: { namespace: 'default', name: 'web' } },
    containersStatuses: [{ id: 'c1', metadata: { name: 'nginx' }, exitCode: 137, reason: 'OOMKilled' }],
  } as never as Parameters<typeof eventRow>[0];
  const stopped = ContainerEventType.CONTAINER_STOPPED_EVENT;
  assert.deepEqual(eventRow({ ...event, containerId: 'c1', containerEventType: stopped }), {
    time: '2023-11-14T22:13:20.000Z',
    event: 'stopped',
    kind: 'container',
    namespace: 'default',
    pod: 'web',
    container: 'nginx',
    id: 'c1',
    exitCode: 137,
    reason: 'OOMKilled',
  });
  const own = eventRow({ ...event, containerId: 'p1', containerEventType: stopped });
  assert.deepEqual([own.kind, own.pod, own.container, own.exitCode], ['pod', 'web', '', undefined]);
});

test('a container is described by what is there, with words as a shell takes them', () => {
  const status = ContainerStatus.create({
    id: 'c1',
    metadata: { name: 'nginx' },
    state: 2,
    exitCode: 1,
    reason: 'Error',
    finishedAt: second,
    mounts: [{ hostPath: '/a', containerPath: '/b', readonly: true }],
  });
  const lines = describe(
    containerDetails(status, { config: { command: ['sh', '-c'], args: ['echo it’s; exit 1'] } }, 'default/web'),
  ).split('\n');
  assert.ok(lines.includes('state      exited, exit 1 (Error)'), lines.join('\n'));
  assert.ok(lines.includes("command    sh -c 'echo it’s; exit 1'"));
  assert.ok(lines.includes('mounts     /a -> /b (read-only)'));
  assert.ok(!lines.some((line) => line.startsWith('labels')));
});
