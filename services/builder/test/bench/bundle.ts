// How fast specs and bundles are made. Not a test: nothing is asserted.
//
//   node scripts/build.mjs && node services/builder/dist/test/bench/bundle.js [bundles]
//
// Specs: one core, only spec generation. Bundles: a builder process of its own, asked
// through NATS one after the other: 20 layers, 30 mounts. Needs root, nats-server and redis-server. Its files lie in
// TMPDIR: what a disk's file system adds shows beside a run with TMPDIR=/dev/shm.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildBundleRequest, Builder, HandlerInfo } from '@slipway/contracts';
import { ContainerConfig, MountPropagation, NamespaceMode, PodSandboxConfig } from '@slipway/cri';
import { kernelFeatures, unmountBelow } from '@slipway/linux';
import { generateSpec, parseImageConfig, resolveUser, specJson } from '@slipway/oci-spec';
import { connectBus, pingStage, stageClient } from '@slipway/stage';
import { startNats, startRedis } from '@slipway/test-servers';
import { hostFacts } from '../../src/index.js';

const layerCount = 20;
const mountCount = 30;
const directory = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
const imageJson = JSON.stringify({ config: { Env: ['PATH=/bin'], Cmd: ['/serve'], WorkingDir: '/srv', User: '1000' } });
const pod = PodSandboxConfig.create({
  metadata: { name: 'web', namespace: 'default', uid: 'u' },
  hostname: 'web',
  linux: { securityContext: { namespaceOptions: { network: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER } } },
});
const container = ContainerConfig.create({
  metadata: { name: 'main' },
  envs: Array.from({ length: 20 }, (_, index) => ({ key: `NAME_${index}`, value: Buffer.from(`value ${index}`) })),
  mounts: Array.from({ length: mountCount }, (_, index) => ({
    containerPath: `/mounts/${index}`,
    hostPath: join(directory, 'volumes', String(index)),
    readonly: index % 2 === 0,
  })),
  linux: {
    resources: { cpuShares: 512n, memoryLimitInBytes: 256n << 20n, oomScoreAdj: 900n },
    securityContext: {
      namespaceOptions: { network: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER },
      seccomp: { profileType: 0 },
    },
  },
});
const handler = HandlerInfo.create({
  name: 'runc',
  kind: 'runc',
  seccomp: true,
  cgroupDriver: 'cgroupfs',
  cgroupMode: kernelFeatures().cgroupMode,
  capabilities: [...hostFacts().capabilities],
});

function benchSpecs(seconds: number): void {
  const image = parseImageConfig(imageJson);
  const once = (): number =>
    specJson(
      generateSpec({
        containerId: 'c'.repeat(64),
        sandboxId: 's'.repeat(64),
        pod,
        container,
        image,
        handler,
        host: hostFacts(),
        user: resolveUser({ security: container.linux?.securityContext, image, passwd: '', group: '' }),
        rootfs: '/var/lib/slipway/bundles/c/rootfs',
        hostname: 'web',
        namespaces: {},
        targetPid: 0,
        cgroupParent: '/kubepods/pod1',
        mounts: container.mounts.map((mount, index) => ({
          field: `mounts[${index}]`,
          containerPath: mount.containerPath,
          source: mount.hostPath,
          readonly: mount.readonly,
          recursiveReadOnly: false,
          propagation: MountPropagation.PROPAGATION_PRIVATE,
        })),
        files: { resolvConf: '/s/resolv.conf', hostname: '/s/hostname', hosts: '/s/hosts', shm: '/s/shm' },
        devices: [],
        hostDevices: [],
        passAnnotations: [],
      }),
    ).length;
  for (let count = 0; count < 2000; count++) once();
  const began = performance.now();
  let [count, bytes] = [0, 0];
  while (performance.now() - began < seconds * 1000) {
    for (let batch = 0; batch < 100; batch++) bytes = once();
    count += 100;
  }
  const rate = Math.round((count * 1000) / (performance.now() - began));
  console.log(`spec generation: ${rate} a second on one core, ${bytes} bytes each`);
}

/** An image of small layers in the store's own layout; answers its diffIDs. */
function makeLayers(root: string): string[] {
  return Array.from({ length: layerCount }, (_, index) => {
    const diffID = `sha256:${createHash('sha256').update(String(index)).digest('hex')}`;
    const home = join(root, 'layers', diffID.replace(':', '/'));
    mkdirSync(join(home, 'fs', 'etc'), { recursive: true });
    writeFileSync(join(home, 'fs', 'etc', `layer-${index}`), '');
    writeFileSync(join(home, 'fs', 'etc', 'passwd'), 'app:x:1000:1000::/:\n');
    const facts = { diffID, synced: true, opaqueRoot: false, impliedDirectories: [] };
    writeFileSync(join(home, 'layer.json'), JSON.stringify(facts));
    return diffID;
  });
}

async function benchBundles(bundles: number): Promise<void> {
  const [root, state] = [join(directory, 'root'), join(directory, 'state')];
  const diffIDs = makeLayers(root);
  for (let index = 0; index < mountCount; index++)
    mkdirSync(join(directory, 'volumes', String(index)), { recursive: true });
  const [nats, redis] = await Promise.all([startNats(), startRedis()]);
  const main = fileURLToPath(new URL('../../main.mjs', import.meta.url));
  const words = ['--nats.url', nats.url, '--redis.url', redis.url, '--root', root, '--state', state, '--node', 'bench'];
  const builder = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  const bus = await connectBus({ url: nats.url, node: 'bench', role: 'gateway' });
  try {
    while (!(await pingStage(bus, 'builder'))) if (builder.exitCode !== null) throw new Error('the builder ended');
    const client = stageClient(bus, Builder);
    const times: number[] = [];
    for (let count = 0; count < bundles + 50; count++) {
      const id = randomBytes(32).toString('hex');
      const request = BuildBundleRequest.create({
        container: { id, sandboxId: id, config: container },
        sandbox: { id, config: pod, directory: state },
        image: { id: 'sha256:1', config: Buffer.from(imageJson), layers: diffIDs.map((diffId) => ({ diffId })) },
        handler,
      });
      const began = performance.now();
      await client.buildBundle(request, { operation: id });
      // The first ones warm the builder up.
      if (count >= 50) times.push(performance.now() - began);
      await client.removeBundle({ id });
    }
    times.sort((a, b) => a - b);
    const at = (share: number): string => `${(times[Math.floor(times.length * share)] ?? NaN).toFixed(2)} ms`;
    console.log(
      `builder stage through NATS, ${layerCount} layers, ${mountCount} mounts, ${bundles} bundles in ${tmpdir()}: p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}`,
    );
  } finally {
    await bus.close();
    const ended = new Promise((resolve) => builder.once('exit', resolve));
    builder.kill('SIGTERM');
    await ended;
    await Promise.all([nats.stop(), redis.stop()]);
  }
}

// A test runner that is pointed at the whole directory must not wait for this.
if (process.env['NODE_TEST_CONTEXT'] === undefined) {
  chmodSync(directory, 0o711);
  try {
    benchSpecs(2);
    await benchBundles(Number(process.argv[2] ?? 500));
  } finally {
    unmountBelow(directory);
    rmSync(directory, { recursive: true });
  }
} else rmSync(directory, { recursive: true });
