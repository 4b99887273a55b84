import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Event, NriStub, type PluginHandlers } from '@slipway/nri';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

/** What a plugin heard: the event, and the container's name or else the pod's. */
type Heard = [event: string, name: string];

describe('NRI plugins', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  const stubs: NriStub[] = [];
  before(async () => {
    lab = await openLab({ handlers: ['crun'] });
  });
  afterEach(async () => {
    await Promise.all(stubs.splice(0).map((stub) => stub.close()));
    await lab.clear();
  });
  after(() => lab.close());

  async function plugin(handlers: PluginHandlers, index = '10', events?: Event[]): Promise<NriStub> {
    let synchronized = false;
    const stub = await NriStub.connect({
      name: `test-${index}`,
      index,
      socket: lab.node.settings.nri.socket,
      events,
      handlers: {
        ...handlers,
        synchronize: async (request) => {
          synchronized = true;
          return await handlers.synchronize?.(request);
        },
      },
    });
    stubs.push(stub);
    await until('the plugin has been told what there is', async () => synchronized || undefined);
    return stub;
  }

  /** Writes down each event. */
  function recorder(heard: Heard[]): PluginHandlers {
    const events = [
      'runPodSandbox',
      'stopPodSandbox',
      'removePodSandbox',
      'startContainer',
      'removeContainer',
    ] as const;
    const more = ['createContainer', 'postCreateContainer', 'postStartContainer', 'stopContainer'] as const;
    const note = (event: string) => async (request: object) => {
      const { pod, container } = request as { pod?: { name: string }; container?: { name: string } };
      heard.push([event, container?.name ?? pod?.name ?? '']);
      return undefined;
    };
    return Object.fromEntries([...events, ...more].map((event) => [event, note(event)]));
  }

  test('hear of everything in the order of its life, of an end that nobody asked for, too', async () => {
    const { cri, node, image } = lab;
    const heard: Heard[] = [];
    await plugin(recorder(heard));
    const pod = await Pod.run(cri, podConfig(node));
    const asked = shell(image, 'exec sleep 1000');
    const alone = shell(image, 'exit 3');
    const id = await pod.start(asked);
    await cri.stopContainer({ containerId: id, timeout: 0n });
    await cri.removeContainer({ containerId: id });
    const other = await pod.start(alone);
    await pod.exited(other);
    const [first, second, third] = [asked.metadata?.name, alone.metadata?.name, pod.config.metadata?.name];
    await until(
      'the end is told',
      async () => heard.some(([event, name]) => event === 'stopContainer' && name === second) || undefined,
    );
    await pod.remove();
    const life = ['createContainer', 'postCreateContainer', 'startContainer', 'postStartContainer', 'stopContainer'];
    const of = (name: string | undefined): string[] =>
      heard.filter((entry) => entry[1] === name).map(([event]) => event);
    assert.deepEqual(of(first), [...life, 'removeContainer']);
    // One that ends at once may do so before its start was told to have been.
    assert.deepEqual(of(second).sort(), [...life, 'removeContainer'].sort());
    assert.deepEqual(of(second).at(-1), 'removeContainer');
    assert.deepEqual(of(third), ['runPodSandbox', 'stopPodSandbox', 'removePodSandbox']);
    assert.deepEqual(
      heard.slice(-3).map(([event]) => event),
      ['stopPodSandbox', 'removeContainer', 'removePodSandbox'],
    );
  });

  test('change what a container is', async () => {
    const { cri, node, image } = lab;
    const seen: { args: string[]; env: string[] }[] = [];
    await plugin({
      createContainer: async ({ container }) => {
        seen.push({ args: container?.args ?? [], env: container?.env ?? [] });
        return {
          adjust: {
            env: [
              { key: 'ADDED', value: 'by a plugin' },
              { key: '-GONE', value: '' },
            ],
            mounts: [{ destination: '/extra', source: 'tmpfs', type: 'tmpfs', options: ['size=1m'] }],
            annotations: { 'plugin.example/was-here': 'yes' },
            rlimits: [{ type: 'RLIMIT_NOFILE', hard: 100n, soft: 100n }],
            linux: {
              devices: [{ path: '/dev/extra-null', type: 'c', major: 1n, minor: 3n, fileMode: { value: 0o666 } }],
              resources: { memory: { limit: { value: 64n << 20n } }, pids: { limit: 77n } },
              oomScoreAdj: { value: 500n },
            },
          },
        };
      },
    });
    const pod = await Pod.run(cri, podConfig(node));
    const config = shell(image, 'exec sleep 1000', { envs: [{ key: 'GONE', value: Buffer.from('x') }] });
    const id = await pod.start(config);
    assert.deepEqual(seen[0]?.args, ['sh', '-c', 'exec sleep 1000']);
    assert.ok(seen[0]?.env.includes('GONE=x'));
    const env = await pod.exec(id, 'sh', '-c', 'tr "\\0" "\\n" < /proc/1/environ');
    assert.match(env, /^ADDED=by a plugin$/m);
    assert.doesNotMatch(env, /^GONE=/m);
    assert.match(await pod.exec(id, 'cat', '/proc/mounts'), /^tmpfs \/extra tmpfs /m);
    assert.match(await pod.exec(id, 'cat', '/proc/1/limits'), /Max open files +100 +100/);
    assert.equal(await pod.exec(id, 'cat', '/proc/1/oom_score_adj'), '500\n');
    await pod.exec(id, 'sh', '-c', 'echo thrown away > /dev/extra-null');
    const limit = async () => (await pod.status(id)).resources?.linux?.memoryLimitInBytes;
    assert.equal(await limit(), 64n << 20n, 'the status tells of the limit');
    // A later update starts from what the plugin set.
    await cri.updateContainerResources({ containerId: id, linux: { cpuShares: 512n } });
    assert.equal(await limit(), 64n << 20n);
  });

  test('see what those before them changed, and two that set the same are told apart', async () => {
    const { cri, node, image } = lab;
    const set = (value: string): PluginHandlers => ({
      createContainer: async () => ({ adjust: { env: [{ key: 'WHO', value }] } }),
    });
    let seen: string[] = [];
    await plugin(set('first'), '10');
    await plugin(
      {
        createContainer: async ({ container }) => {
          seen = container?.env ?? [];
          return undefined;
        },
      },
      '20',
    );
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'exec sleep 1000'));
    assert.ok(seen.includes('WHO=first'));
    assert.match(await pod.exec(id, 'sh', '-c', 'tr "\\0" "\\n" < /proc/1/environ'), /^WHO=first$/m);

    await plugin(set('third'), '30');
    await assert.rejects(pod.create(shell(image, 'true')), /env WHO is set by 10-test-10 and by 30-test-30/);
    const { containers } = await cri.listContainers();
    assert.equal(containers.length, 1, 'nothing is left of the one that was refused');
  });

  test('refuse a sandbox and a container, and nothing is left of them', async () => {
    const { cri, node, image } = lab;
    let refuse = true;
    const refuseOnce = async (): Promise<undefined> => {
      if (refuse) throw new Error('not today');
    };
    await plugin({ runPodSandbox: refuseOnce, createContainer: refuseOnce });
    const config = podConfig(node);
    await assert.rejects(Pod.run(cri, config), /NRI plugin 10-test-10: RunPodSandbox: not today/);
    assert.deepEqual((await cri.listPodSandbox()).items, []);
    refuse = false;
    const pod = await Pod.run(cri, config);
    refuse = true;
    await assert.rejects(pod.create(shell(image, 'true')), /NRI plugin 10-test-10: CreateContainer: not today/);
    assert.deepEqual((await cri.listContainers()).containers, []);
  });

  test('see a sandbox with its network before anybody else sees it', async () => {
    const { cri, node } = lab;
    let listed: unknown[] | undefined;
    let pod: { ips: string[]; namespaces: { type: string; path: string }[] } | undefined;
    await plugin({
      runPodSandbox: async (request) => {
        pod = { ips: request.pod?.ips ?? [], namespaces: request.pod?.linux?.namespaces ?? [] };
        listed = (await cri.listPodSandbox()).items;
        return undefined;
      },
    });
    const made = await Pod.run(cri, podConfig(node));
    assert.deepEqual(listed, []);
    const { status } = await cri.podSandboxStatus({ podSandboxId: made.id });
    assert.deepEqual(pod?.ips, [status?.network?.ip]);
    assert.match(pod.namespaces.find(({ type }) => type === 'network')?.path ?? '', new RegExp(made.id));
  });

  test('that come late are told what there is, and can change limits unasked', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'exec sleep 1000'));
    let found: { pods: string[]; containers: { id: string; args: string[] }[] } | undefined;
    const stub = await plugin({
      synchronize: async ({ pods, containers }) => {
        found = {
          pods: pods.map((one) => one.id),
          containers: containers.map(({ id: one, args }) => ({ id: one, args })),
        };
        return {};
      },
    });
    assert.deepEqual(found, { pods: [pod.id], containers: [{ id, args: ['sh', '-c', 'exec sleep 1000'] }] });
    const { failed } = await stub.updateContainers([
      { containerId: id, linux: { resources: { memory: { limit: { value: 48n << 20n } } } } },
    ]);
    assert.deepEqual(failed, []);
    assert.equal((await pod.status(id)).resources?.linux?.memoryLimitInBytes, 48n << 20n);
    const refused = await stub.updateContainers([{ containerId: id, linux: { resources: { pids: { limit: 5n } } } }]);
    assert.deepEqual(
      refused.failed.map(({ containerId }) => containerId),
      [id],
      'what an update cannot carry is told',
    );
  });

  test('that do not answer are cut, and pods go on', async () => {
    const { cri, node } = lab;
    await plugin({ runPodSandbox: () => new Promise(() => undefined) }, '10', [Event.RUN_POD_SANDBOX]);
    const pod = await Pod.run(cri, podConfig(node));
    const { status } = await cri.podSandboxStatus({ podSandboxId: pod.id });
    assert.equal(status?.id, pod.id);
    await until('the plugin was cut', async () => stubs[0]?.socket.destroyed || undefined);
  });

  test('of the node are started with the gateway', async () => {
    const { node, cri } = lab;
    const { pluginDir, configDir } = node.settings.nri;
    mkdirSync(pluginDir, { recursive: true });
    mkdirSync(configDir, { recursive: true });
    const script = fileURLToPath(new URL('../support/nri-plugin.js', import.meta.url));
    writeFileSync(join(pluginDir, '05-greeter'), `#!/bin/sh\nexec ${process.execPath} ${script}\n`, { mode: 0o755 });
    const greeting = join(node.place.directory, 'greeting');
    writeFileSync(join(configDir, 'greeter.conf'), greeting);
    await node.shutDown();
    await node.start();
    const pod = await Pod.run(cri, podConfig(node));
    assert.equal(readFileSync(greeting, 'utf8'), `${pod.config.metadata?.name}\n`);
  });
});
