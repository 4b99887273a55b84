import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { NamespaceMode } from '@slipway/cri';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';

describe('handlers from the configuration', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;

  before(async () => {
    lab = await openLab({
      handlers: ['crun'],
      settings: {
        'runtime.passAnnotations': ['node.example/all'],
        'runtime.handlers.marked.kind': 'runc',
        'runtime.handlers.marked.passAnnotations': ['vendor.example/*'],
        'runtime.handlers.marked.infra': 'always',
        'runtime.handlers.lone.kind': 'crun',
        'runtime.handlers.lone.infra': 'never',
      },
    });
  });
  after(() => lab?.close());

  interface Info {
    pid: number;
    runtimeType: string;
  }

  const infoOf = async (podSandboxId: string): Promise<Info> => {
    const { info } = await lab.cri.podSandboxStatus({ podSandboxId, verbose: true });
    return JSON.parse(info['info'] ?? '{}') as Info;
  };

  test('Status lists each of them, the default one under the empty name too', async () => {
    const { runtimeHandlers } = await lab.cri.status({});
    assert.deepEqual(
      runtimeHandlers.map(({ name }) => name),
      ['', 'crun', 'lone', 'marked'],
    );
  });

  test('a pod goes to the handler of its runtime class, which gets the annotations that it is allowed', async () => {
    const annotations = { 'node.example/all': '1', 'vendor.example/mode': 'fast', 'other.example/x': 'y' };
    const annotationsAt = async (handler: string): Promise<Record<string, string> | undefined> => {
      const pod = await Pod.run(lab.cri, podConfig(lab.node, { annotations }), handler);
      const id = await pod.start(shell(lab.image, 'sleep 100'));
      assert.equal((await infoOf(pod.id)).runtimeType, handler);
      const config = JSON.parse(readFileSync(join(lab.node.root, 'bundles', id, 'config.json'), 'utf8')) as {
        annotations?: Record<string, string>;
      };
      await pod.remove();
      return config.annotations;
    };
    assert.deepEqual(await annotationsAt('marked'), { 'node.example/all': '1', 'vendor.example/mode': 'fast' });
    assert.deepEqual(await annotationsAt('crun'), { 'node.example/all': '1' });
  });

  test('infra containers are made where the handler says so', async () => {
    const always = await Pod.run(lab.cri, podConfig(lab.node), 'marked');
    assert.ok((await infoOf(always.id)).pid > 0, 'the pod has an infra container that it does not need');
    const auto = await Pod.run(lab.cri, podConfig(lab.node), 'crun');
    assert.equal((await infoOf(auto.id)).pid, 0);
    const id = await always.start(shell(lab.image, 'sleep 100'));
    assert.equal((await always.exec(id, 'sh', '-c', 'echo $$ > /dev/null; cat /proc/1/comm')).trim(), 'sleep');
    await always.remove();
    await auto.remove();
  });

  test('a pod with a shared pid namespace is refused where there are no infra containers', async () => {
    const config = podConfig(lab.node, {
      linux: { securityContext: { namespaceOptions: { pid: NamespaceMode.POD } } },
    });
    await assert.rejects(
      Pod.run(lab.cri, config, 'lone'),
      /handler lone: pods that share a pid namespace need an infra/,
    );
    const pod = await Pod.run(lab.cri, podConfig(lab.node), 'lone');
    assert.equal((await infoOf(pod.id)).pid, 0);
    await pod.remove();
  });

  test('the error of an unknown handler names the known ones', async () => {
    await assert.rejects(
      Pod.run(lab.cri, podConfig(lab.node), 'kata'),
      /unknown handler kata; this node has crun, lone, marked/,
    );
  });
});
