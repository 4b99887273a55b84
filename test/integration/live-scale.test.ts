import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildBusyboxImage } from '@slipway/testbed';
import { Churn } from '../support/churn.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { isCalled, signalProcess } from '../support/processes.js';
import { RegistryProxy } from '../support/registry-proxy.js';
import { Pod, podConfig } from '../support/pod.js';
import { until } from '../support/retry.js';
import { slipway } from '../support/slipway.js';

interface Scaled {
  stages: { name: string; instances: number; startedMs: number }[];
}

describe('stages are scaled on a node that works', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;

  before(async () => {
    lab = await openLab({
      handlers: ['crun'],
      settings: { 'stage.stallMs': 2000, 'stage.beatMs': 200, 'scale.busyCalls': 2, 'scale.idleMs': 1500 },
    });
  });
  after(() => lab?.close());

  const running = (name: string): string[] =>
    lab.node
      .processes()
      .filter((one) => isCalled(one.name, name))
      .map((one) => `${one.name} ${one.state}`);
  const scale = (...words: string[]): Promise<Scaled> => slipway<Scaled>(lab.node, 'scale', ...words);

  test('none of a stage is refused, and a node without one is not ready', async () => {
    await assert.rejects(
      scale('gateway=0'),
      /without a gateway nothing serves the CRI: a kubelet takes the node for broken[\s\S]*--force/,
    );
    for (const stage of ['builder', 'puller', 'executor']) {
      await assert.rejects(scale(`${stage}=0`), new RegExp(`without a ${stage} no `));
    }
    const status = async (): Promise<{ ready: boolean; missing: string[] }> =>
      await slipway<{ ready: boolean; missing: string[] }>(lab.node, 'status').catch(
        (error: Error & { stdout?: string }) =>
          JSON.parse(error.stdout ?? '{}') as { ready: boolean; missing: string[] },
      );
    assert.deepEqual(await status().then(({ ready, missing }) => [ready, missing]), [true, []]);
    await scale('puller=0', 'builder=0', 'gateway=0', '--force');
    const { ready, missing } = await status();
    assert.deepEqual(
      [ready, missing],
      [
        false,
        [
          'no gateway takes work: nothing serves the CRI: a kubelet takes the node for broken',
          'no puller takes work: no image can be pulled',
          'no builder takes work: no pod and no container can be created',
        ],
      ],
    );
    await scale('puller=1', 'builder=1', 'gateway=1');
    assert.equal((await status()).ready, true);
  });

  test('SIGHUP reads the settings again: numbers and log level are followed, a broken file changes nothing', async () => {
    // Read after what `scale` of the test before has kept in 90-live.toml.
    const file = join(lab.node.place.directory, 'config.toml.d/95-test.toml');
    mkdirSync(join(lab.node.place.directory, 'config.toml.d'), { recursive: true });
    const reload = async (text: string, said: RegExp): Promise<void> => {
      const from = lab.node.logs().length;
      writeFileSync(file, text);
      lab.node.up.kill('SIGHUP');
      await until(`it says ${said}`, () => said.test(lab.node.logs().slice(from)));
    };
    await reload('[scale]\nmaxExecutor = "many"\n', /maxExecutor.*cannot be read again/);
    await reload(
      '[log]\nlevel = "info"\n[scale]\nbuilder = 2\n[images]\nparallel = 2\n',
      /"needRestart":\["images\.parallel"\].*read the settings again/,
    );
    const builders = ['builder-0 ready', 'builder-1 ready'];
    await until('status shows both builders', () => running('builder').join() === builders.join());
    const from = lab.node.logs().length;
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    await pod.remove();
    assert.ok(!lab.node.logs().slice(from).includes('"level":"debug"'), 'the services follow');
    rmSync(file);
    await reload('', /"changed":\["images\.parallel","log\.level","scale\.builder"\]/);
    rmSync(file);
    assert.equal(lab.node.up.exitCode, null);
  });

  test('more and fewer of each stage while pods come and go, and no call fails', async () => {
    const churn = await Churn.start(lab, 2);
    const up = await scale('puller=3', 'builder=2', 'executor.crun=3', 'gateway=2');
    assert.deepEqual(up.stages.map(({ name, instances }) => `${name} ${instances}`).toSorted(), [
      'builder 2',
      'executor.crun 3',
      'gateway 2',
      'puller 3',
    ]);
    assert.ok(up.stages.every(({ startedMs }) => startedMs > 0));
    assert.deepEqual(running('executor.crun'), [
      'executor.crun-0 ready',
      'executor.crun-1 ready',
      'executor.crun-2 ready',
    ]);
    for (const count of [1, 2, 1]) {
      await scale(`executor=${count}`, `builder=${count}`, `executor.crun=${count}`);
      await sleep(300);
      churn.check();
    }
    await scale('puller=1', 'gateway=1');
    for (const name of ['puller', 'builder', 'executor.crun', 'gateway'])
      assert.deepEqual(running(name), [`${name}-0 ready`]);
    const { pods } = await churn.stop();
    assert.ok(pods > 0);
  });

  test('a puller that goes ends the pull that it is in the middle of', async () => {
    const proxy = await RegistryProxy.start(lab.registry.host);
    try {
      await scale('puller=2');
      const files = { noise: randomBytes(600_000).toString('base64') };
      const image = await buildBusyboxImage({ registry: lab.registry, repository: 'demo/drained', files });
      proxy.bytesPerSecond = 400_000;
      const reference = proxy.through(image.reference);
      // Of two pulls at once each puller has one, or one of them has both: both must end.
      const pulls = [reference, `${reference.replace(/:[^:]+$/, '')}@${image.digest}`].map((one) =>
        lab.cri.pullImage({ image: { image: one } }),
      );
      await until('bytes flow', () => proxy.fetches.some(({ bytes }) => bytes > 50_000));
      await scale('puller=1');
      for (const { imageRef } of await Promise.all(pulls)) assert.equal(imageRef, image.id);
      await lab.cri.removeImage({ image: { image: image.id } });
    } finally {
      await proxy.stop();
    }
  });

  test('executors follow the work by themselves, and instances that are killed lose nothing', async () => {
    // Read by the supervisor with the change that a command makes.
    mkdirSync(join(lab.node.place.directory, 'config.toml.d'), { recursive: true });
    writeFileSync(join(lab.node.place.directory, 'config.toml.d/50-most.toml'), 'scale.maxExecutor = 3\n');
    await scale('executor.crun=1', 'builder=2');
    const churn = await Churn.start(lab, 5);
    await until('there are more executors', () => running('executor.crun').length > 1);
    for (let kills = 0; kills < 3; kills++) {
      // The other one takes what is new; callers repeat what this one was in the middle of.
      const name = `builder-${kills % 2}`;
      const killed = signalProcess(lab.node, name, 'SIGKILL');
      await until('it is back', () =>
        lab.node.processes().some((one) => one.name === name && one.pid !== killed && one.state === 'ready'),
      );
      churn.check();
    }
    await churn.stop();
    await until('the number that was set is there again', () => running('executor.crun').length === 1);
    await scale('builder=1');
    assert.match(lab.node.logs(), /"scaled by load"/);
  });

  test('what is not there cannot be scaled', async () => {
    await assert.rejects(scale('router=2'), /no stage router; there are: gateway, puller, builder, executor/);
    await assert.rejects(scale('puller=many'), /puller: .*many.* is no whole number/);
    await assert.rejects(scale('executor.kata=2'), /no executor kata; there are: crun/);
    await assert.rejects(scale('executor.crun=0'), /has one instance or more/);
    await assert.rejects(scale('puller=900'), /must be from 0 to 64/);
  });
});
