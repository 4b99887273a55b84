import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Protocol, UserNamespace } from '@slipway/cri';
import { NamespaceMode } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { removeSandbox } from '../src/sandbox/remove.js';
import { skip } from './harness.js';
import { pings, SandboxHarness } from './sandbox-harness.js';

const { POD, NODE, CONTAINER, TARGET } = NamespaceMode;
const ids = [{ containerId: 0, hostId: 300_000, length: 65536 }];
const field = 'config: linux.security_context.namespace_options.userns_options';

function pod(usernsOptions: Init<UserNamespace>, more: { network?: NamespaceMode; ipc?: NamespaceMode } = {}) {
  return { linux: { securityContext: { namespaceOptions: { pid: CONTAINER, ...more, usernsOptions } } } };
}

test("a pod's user namespace owns its other namespaces, and its files", { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const sandbox = await harness.ready(context, pod({ mode: POD, uids: ids, gids: ids }));
  const { user, net, ipc, uts } = sandbox.namespaces;
  assert.ok(user && net && ipc && uts);
  assert.ok(pings(sandbox.ips[0] as string), 'from the host');
  const inside = execFileSync('nsenter', [
    ...[`--user=${user}`, `--net=${net}`, `--uts=${uts}`, `--ipc=${ipc}`, '-S', '0', '-G', '0'],
    ...[
      'sh',
      '-c',
      'cat /proc/self/uid_map; hostname; ip link set lo down && echo ours; cat /proc/sys/net/ipv4/ip_unprivileged_port_start',
    ],
  ]).toString();
  assert.deepEqual(
    inside
      .trim()
      .split(/\n/)
      .map((line) => line.trim().replace(/ +/g, ' ')),
    ['0 300000 65536', 'pod-name', 'ours', '0'],
  );
  for (const name of ['resolv.conf', 'hostname', 'shm']) {
    const { uid, gid } = statSync(join(sandbox.directory, name));
    assert.deepEqual([name, uid, gid], [name, 300_000, 300_000]);
  }
  const { mode, uid, gid } = statSync(sandbox.directory);
  assert.deepEqual([mode & 0o777, uid, gid], [0o710, 0, 300_000], 'the pod has a way to its files, and nobody else');
  await removeSandbox(context, { id: sandbox.id }, harness.call());
  assert.deepEqual(harness.leftovers(sandbox.id), []);
});

test("a user namespace on the host's network and IPC", { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const options = pod({ mode: POD, uids: ids, gids: ids }, { network: NODE, ipc: NODE });
  const sandbox = await harness.ready(context, options);
  assert.deepEqual([Object.keys(sandbox.namespaces), sandbox.ips], [['user'], []]);
  await removeSandbox(context, { id: sandbox.id }, harness.call());
  assert.deepEqual(harness.leftovers(sandbox.id), []);
});

test('modes and ports that a sandbox cannot have are refused by their field, and so is Windows', {
  skip,
}, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const prefix = 'linux.security_context.namespace_options';
  for (const [options, name] of [
    [{ network: CONTAINER }, 'network'],
    [{ ipc: TARGET }, 'ipc'],
    [{ pid: TARGET }, 'pid'],
    [{ targetId: 'x' }, 'target_id'],
  ] as const) {
    const sandbox = await harness.reserve({ linux: { securityContext: { namespaceOptions: options } } });
    const message = new RegExp(`^config: ${prefix}\\.${name}: `);
    await assert.rejects(harness.create(context, sandbox), { code: 'INVALID_REQUEST', message });
  }
  for (const [mapping, name] of [
    [{ protocol: 7 as Protocol, hostPort: 1, containerPort: 1 }, 'protocol'],
    [{ hostPort: 65536, containerPort: 1 }, 'host_port'],
    [{ hostPort: -1, containerPort: 1 }, 'host_port'],
    [{ hostPort: 80 }, 'container_port'],
    [{ hostPort: 80, containerPort: 80, hostIp: 'localhost' }, 'host_ip'],
  ] as const) {
    const sandbox = await harness.reserve({ portMappings: [{ containerPort: 9 }, mapping] });
    const message = new RegExp(`^network: port_mappings\\[1\\]\\.${name}: `);
    await assert.rejects(harness.create(context, sandbox), { code: 'INVALID_REQUEST', message });
    assert.deepEqual(harness.leftovers(sandbox.id), []);
  }
  const windows = await harness.reserve({ windows: {} });
  await assert.rejects(harness.create(context, windows), {
    code: 'UNSUPPORTED',
    message: 'config: windows: this node runs Linux',
  });
});

test('the mode NODE is the host, and what is no mapping is refused by its field', { skip }, async (t) => {
  const harness = await SandboxHarness.open(t);
  const context = await harness.instance();
  const host = await harness.ready(context, pod({ mode: NODE }));
  assert.equal(host.namespaces['user'], undefined);
  const wrong: [Init<UserNamespace>, string][] = [
    [{ mode: POD }, `${field}.uids: it needs one mapping, and there are 0`],
    [{ mode: POD, uids: ids }, `${field}.gids: it needs one mapping, and there are 0`],
    [{ mode: POD, uids: [...ids, ...ids], gids: ids }, `${field}.uids: it needs one mapping, and there are 2`],
    [
      { mode: POD, uids: ids, gids: [{ containerId: 1, hostId: 5, length: 9 }] },
      `${field}.gids[0].container_id: the container's id 0 is not mapped: 1 is the first`,
    ],
    [{ mode: POD, uids: ids, gids: [{ containerId: 0, hostId: 5 }] }, `${field}.gids[0].length: it maps nothing`],
    [
      { mode: POD, uids: [{ containerId: 0, hostId: 2, length: 0xffffffff }], gids: ids },
      `${field}.uids[0].length: it goes beyond the last id, 4294967294`,
    ],
    [{ mode: CONTAINER }, `${field}.mode: POD and NODE are the modes that exist for it`],
    [{ mode: TARGET }, `${field}.mode: POD and NODE are the modes that exist for it`],
    [{ mode: NODE, uids: ids }, `${field}.mode: NODE is the host's user namespace, which takes no mappings`],
  ];
  for (const [options, message] of wrong) {
    const sandbox = await harness.reserve(pod(options));
    await assert.rejects(harness.create(context, sandbox), { code: 'INVALID_REQUEST', message });
    assert.deepEqual(harness.leftovers(sandbox.id), []);
  }
});
