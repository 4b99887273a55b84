import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  buildBusyboxImage,
  type CriClient,
  criClient,
  nodeLeftovers,
  podLeftovers,
  startNode,
  startRegistry,
  type TestNode,
} from '../src/index.js';
import { kubeletNamespaces } from '../src/cri-client.js';

const clone = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const built = existsSync(join(clone, 'services/executor/dist/main.mjs'));
const skip =
  process.getuid?.() !== 0 ? 'needs root' : built ? false : 'the services are not built: node scripts/build.mjs';

async function runPod(node: TestNode, cri: CriClient): Promise<string> {
  for (let tries = 0; tries < 300; tries++) {
    const { status } = await cri.status({});
    if (status?.conditions.every((condition) => condition.status)) break;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  const registry = await startRegistry();
  try {
    const { reference } = await buildBusyboxImage({ registry });
    await cri.pullImage({ image: { image: reference } });
    const linux = { securityContext: { namespaceOptions: kubeletNamespaces } };
    const config = {
      metadata: { name: 'left', namespace: 'default', uid: node.place.name, attempt: 0 },
      linux,
      portMappings: [{ containerPort: 80, hostPort: 20000 + Math.floor(Math.random() * 10_000) }],
    };
    const { podSandboxId } = await cri.runPodSandbox({ config });
    const container = {
      metadata: { name: 'main', attempt: 0 },
      image: { image: reference },
      command: ['/bin/sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'],
      linux,
    };
    const { containerId } = await cri.createContainer({ podSandboxId, sandboxConfig: config, config: container });
    await cri.startContainer({ containerId });
    return podSandboxId;
  } finally {
    await registry.stop();
  }
}

function kinds(lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => line.split(' ')[0] ?? ''))].toSorted();
}

test('a pod holds every kind of object that is looked for, and releases all with its removal', {
  skip,
  timeout: 120_000,
}, async () => {
  const node = await startNode({ handlers: ['runc'] });
  const cri = criClient(node.socket);
  try {
    const podSandboxId = await runPod(node, cri);
    const held = ['address', 'cgroup', 'file', 'interface', 'iptables', 'mount', 'process', 'record'];
    assert.deepEqual(kinds(podLeftovers(node)), held);
    await cri.stopPodSandbox({ podSandboxId });
    await cri.removePodSandbox({ podSandboxId });
    assert.deepEqual(podLeftovers(node), []);
  } finally {
    cri.close();
    await node.stop();
  }
  assert.deepEqual(nodeLeftovers(node.place), []);
});

test('containers outlive slipway up, the next one finds them, and teardown takes them', {
  skip,
  timeout: 120_000,
}, async () => {
  const node = await startNode({ handlers: ['runc'] });
  let cri = criClient(node.socket);
  try {
    const podSandboxId = await runPod(node, cri);
    cri.close();
    await node.shutDown();
    assert.ok(kinds(podLeftovers(node)).includes('process'));
    await node.start();
    cri = criClient(node.socket);
    const { items } = await cri.listPodSandbox({});
    assert.deepEqual(
      items.map(({ id, state }) => `${id} ${state}`),
      [`${podSandboxId} 0`],
    );
    const { containers } = await cri.listContainers({});
    assert.deepEqual(
      containers.map(({ state }) => state),
      [1],
    );
    const { stdout } = await cri.execSync({
      containerId: containers[0]?.id ?? '',
      cmd: ['echo', 'still here'],
      timeout: 10n,
    });
    assert.equal(Buffer.from(stdout).toString(), 'still here\n');
  } finally {
    cri.close();
    await node.stop();
  }
  assert.deepEqual(nodeLeftovers(node.place), []);
});
