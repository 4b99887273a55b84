import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ContainerState } from '@slipway/cri';
import { Churn } from '../support/churn.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { replaced, signalProcess } from '../support/processes.js';
import { until } from '../support/retry.js';
import { executors, slipway } from '../support/slipway.js';
import { newerRuntime, runSwaps } from '../swap/swap.js';

describe('executors are swapped on a node that works', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;

  before(async () => {
    lab = await openLab({ handlers: ['crun', 'runc'], settings: { 'runtime.defaultHandler': 'crun' } });
  });
  after(() => lab?.close());

  const handlerOf = async (podSandboxId: string): Promise<string> => {
    const { info } = await lab.cri.podSandboxStatus({ podSandboxId, verbose: true });
    return (JSON.parse(info['info'] ?? '{}') as { runtimeType: string }).runtimeType;
  };

  test('newer binaries take over twice while pods come and go, and nothing is lost', async () => {
    const { pods, exits } = await runSwaps(lab, { times: 2, workers: 2, others: ['runc'] });
    assert.ok(pods >= 2 && exits >= 4, `${pods} pods, ${exits} exits`);
  });

  test('the executor that was added is there after a restart, and the one that was removed is not', async () => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const id = await pod.start(shell(lab.image, "trap 'exit 9' TERM; sleep 1000 >/dev/null 2>&1 & wait"));
    await lab.node.shutDown();
    await lab.node.start();
    const rows = await executors(lab.node);
    assert.deepEqual(rows.map(({ executor, handler, state }) => `${executor} ${handler} ${state}`).toSorted(), [
      'crun-2 crun ready',
      'runc runc ready',
    ]);
    await lab.cri.stopContainer({ containerId: id, timeout: 30n });
    assert.equal((await pod.status(id)).exitCode, 9);
    await pod.remove();
    const settings = await slipway<Record<string, { value: unknown; from: string }>>(lab.node, 'config', '--json');
    assert.match(settings['runtime.executors.crun-2.path']?.from ?? '', /90-live\.toml:\d+$/);
  });

  test('the default handler changes for new pods alone, and stays changed', async () => {
    const churn = await Churn.start(lab, 2);
    const old = await Pod.run(lab.cri, podConfig(lab.node));
    for (const name of ['runc', 'crun', 'runc']) {
      await slipway(lab.node, 'executors', 'default', name);
      const pod = await Pod.run(lab.cri, podConfig(lab.node));
      assert.equal(await handlerOf(pod.id), name);
      await pod.remove();
      const { info } = await lab.cri.status({ verbose: true });
      assert.equal((JSON.parse(info['config'] ?? '{}') as Lab['node']['settings']).runtime.defaultHandler, name);
    }
    assert.equal(await handlerOf(old.id), 'crun');
    const id = await old.start(shell(lab.image, 'exit 6'));
    assert.equal((await old.exited(id)).exitCode, 6);
    await old.remove();
    await churn.stop();
    // A gateway that comes anew knows it from the drop-in.
    await replaced(lab.node, [signalProcess(lab.node, 'gateway-0', 'SIGKILL')]);
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    assert.equal(await handlerOf(pod.id), 'runc');
    await pod.remove();
    await assert.rejects(slipway(lab.node, 'executors', 'default', 'kata'), /unknown handler kata; there are: auto, /);
  });

  test('a binary that does not work is not added, and no pod meets it', async () => {
    const churn = await Churn.start(lab, 1);
    const path = join(lab.node.place.directory, 'broken');
    writeFileSync(
      path,
      '#!/bin/sh\ncase "$*" in *--version*) echo crun version 9.9 ;; *) echo "disk of sand" >&2; exit 1 ;; esac\n',
    );
    chmodSync(path, 0o755);
    await assert.rejects(
      slipway(lab.node, 'executors', 'add', 'broken', '--for', 'crun', '--path', path),
      /HANDLER_NOT_READY[\s\S]*disk of sand|disk of sand[\s\S]*HANDLER_NOT_READY/,
    );
    assert.ok(!(await executors(lab.node)).some(({ executor }) => executor === 'broken'));
    assert.doesNotMatch(readFileSync(join(lab.node.place.directory, 'config.toml.d/90-live.toml'), 'utf8'), /broken/);
    await churn.stop();
  });

  test('what would leave containers or pods without an executor is refused', async () => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node), 'crun');
    const directory = join(lab.node.place.directory, 'signals');
    mkdirSync(directory);
    const id = await pod.start(
      shell(lab.image, 'while [ ! -e /signals/end ]; do usleep 10000; done; exit 4', {
        mounts: [{ hostPath: directory, containerPath: '/signals' }],
      }),
    );
    await assert.rejects(
      slipway(lab.node, 'executors', 'drain', 'crun-2'),
      /no other executor of the handler crun takes/,
    );
    await assert.rejects(slipway(lab.node, 'executors', 'remove', 'crun-2'), /holds 1 containers/);
    await assert.rejects(slipway(lab.node, 'executors', 'remove', 'none'), /no executor none; there are: runc, crun-2/);
    await assert.rejects(slipway(lab.node, 'executors', 'add', 'new', '--path', '/bin/true'), /say its kind/);
    await assert.rejects(slipway(lab.node, 'executors', 'add', 'x', '--for', 'kata'), /unknown handler kata/);

    // Another program does not know the container that runs, whatever it calls itself.
    const runc = execFileSync('sh', ['-c', 'command -v runc'], { encoding: 'utf8' }).trim();
    await assert.rejects(
      slipway(lab.node, 'executors', 'add', 'wrong', '--for', 'crun', '--path', runc),
      /is runc \S+, and cannot read the containers of crun/,
    );
    const disguised = join(lab.node.place.directory, 'disguised');
    writeFileSync(disguised, `#!/bin/sh\n[ "$1" = --version ] && echo crun version 99.0 && exit\nexec ${runc} "$@"\n`);
    chmodSync(disguised, 0o755);
    await assert.rejects(
      slipway(lab.node, 'executors', 'add', 'wrong', '--for', 'crun', '--path', disguised),
      /disguised does not know the containers that run/,
    );
    assert.ok(!(await executors(lab.node)).some(({ executor }) => executor === 'wrong'));

    // With force it goes. The container's end is noticed by the executor that comes next.
    await slipway(lab.node, 'executors', 'remove', 'crun-2', '--force');
    await assert.rejects(Pod.run(lab.cri, podConfig(lab.node), 'crun'), /crun/);
    writeFileSync(join(directory, 'end'), '');
    const { path } = newerRuntime(lab.node.place.directory, 3);
    await slipway(lab.node, 'executors', 'add', 'crun-3', '--for', 'crun', '--path', path);
    assert.equal((await pod.exited(id)).exitCode, 4);
    await pod.remove();
  });

  test('a drained executor that is killed comes back drained, and takes work when it is undrained', async () => {
    await slipway(lab.node, 'executors', 'add', 'crun');
    await slipway(lab.node, 'executors', 'drain', 'crun-3');
    const find = async () => (await executors(lab.node)).find(({ executor }) => executor === 'crun-3');
    const before = await find();
    assert.ok(before);
    process.kill(before.pid, 'SIGKILL');
    await until('it is back', async () => {
      const row = await find();
      return row?.pid !== before.pid && row?.state === 'drained' && row.healthy;
    });
    await slipway(lab.node, 'executors', 'undrain', 'crun-3');
    await slipway(lab.node, 'executors', 'drain', 'crun');
    const pod = await Pod.run(lab.cri, podConfig(lab.node), 'crun');
    const id = await pod.start(shell(lab.image, 'sleep 100'));
    assert.equal((await pod.status(id)).state, ContainerState.CONTAINER_RUNNING);
    await pod.remove();
  });
});
