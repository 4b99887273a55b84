import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type ContainerFilter, ContainerState, type PodSandboxFilter, PodSandboxState } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';

describe('lists and their filters', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  /** By a word of ours: ids. */
  const ids: Record<string, string> = {};
  before(async () => {
    lab = await openLab();
    const { cri, node, image } = lab;
    const labels = (app: string, tier: string) => ({ labels: { app, tier } });
    const [front, back] = await Promise.all([
      Pod.run(cri, podConfig(node, labels('shop', 'front')), 'crun'),
      Pod.run(cri, podConfig(node, labels('shop', 'back')), 'runc'),
    ]);
    Object.assign(ids, { front: front.id, back: back.id });
    ids['created'] = await front.create(shell(image, 'exec sleep 1000', labels('shop', 'front')));
    ids['running'] = await front.start(shell(image, 'exec sleep 1000', labels('shop', 'front')));
    ids['other'] = await back.start(shell(image, 'exec sleep 1000', labels('shop', 'back')));
    ids['exited'] = await back.start(shell(image, 'exit 1', labels('shop', 'back')));
    await back.exited(ids['exited']);
    const gone = await Pod.run(cri, podConfig(node, labels('shop', 'front')));
    ids['stopped'] = gone.id;
    await cri.stopPodSandbox({ podSandboxId: gone.id });
  });
  after(async () => {
    await lab.clear();
    await lab.close();
  });

  const named = (found: { id: string }[]) =>
    found.map(({ id }) => Object.entries(ids).find(([, own]) => own === id)?.[0] ?? id).toSorted(compare);
  const id = (name: string) => String(ids[name]);

  const sandboxes: [string, () => Init<PodSandboxFilter> | undefined, string[]][] = [
    ['no filter', () => undefined, ['back', 'front', 'stopped']],
    ['an empty filter', () => ({}), ['back', 'front', 'stopped']],
    ['an id', () => ({ id: id('front') }), ['front']],
    ['the beginning of an id', () => ({ id: id('front').slice(0, 16) }), ['front']],
    ['an id that is not there', () => ({ id: 'f'.repeat(64) }), []],
    ['ready', () => ({ state: { state: PodSandboxState.SANDBOX_READY } }), ['back', 'front']],
    ['not ready', () => ({ state: { state: PodSandboxState.SANDBOX_NOTREADY } }), ['stopped']],
    ['a label', () => ({ labelSelector: { tier: 'front' } }), ['front', 'stopped']],
    ['two labels', () => ({ labelSelector: { app: 'shop', tier: 'back' } }), ['back']],
    ['a label of another value', () => ({ labelSelector: { tier: 'middle' } }), []],
    ['a label that none has', () => ({ labelSelector: { zone: 'a' } }), []],
    [
      'state and label',
      () => ({ state: { state: PodSandboxState.SANDBOX_READY }, labelSelector: { tier: 'front' } }),
      ['front'],
    ],
    ['id and a state that it is not in', () => ({ id: id('front'), state: { state: 1 } }), []],
  ];
  for (const [name, filter, expected] of sandboxes) {
    test(`sandboxes by ${name}`, async () => {
      assert.deepEqual(named((await lab.cri.listPodSandbox({ filter: filter() })).items), expected);
    });
  }

  const containers: [string, () => Init<ContainerFilter> | undefined, string[]][] = [
    ['no filter', () => undefined, ['created', 'exited', 'other', 'running']],
    ['an id', () => ({ id: id('created') }), ['created']],
    ['the beginning of an id', () => ({ id: id('created').slice(0, 16) }), ['created']],
    ['created', () => ({ state: { state: ContainerState.CONTAINER_CREATED } }), ['created']],
    ['running', () => ({ state: { state: ContainerState.CONTAINER_RUNNING } }), ['other', 'running']],
    ['exited', () => ({ state: { state: ContainerState.CONTAINER_EXITED } }), ['exited']],
    ['sandbox', () => ({ podSandboxId: id('back') }), ['exited', 'other']],
    ['sandbox without containers', () => ({ podSandboxId: id('stopped') }), []],
    ['label', () => ({ labelSelector: { tier: 'front' } }), ['created', 'running']],
    [
      'sandbox, state and label',
      () => ({
        podSandboxId: id('front'),
        state: { state: ContainerState.CONTAINER_RUNNING },
        labelSelector: { app: 'shop' },
      }),
      ['running'],
    ],
    ['id and another sandbox', () => ({ id: id('running'), podSandboxId: id('back') }), []],
  ];
  for (const [name, filter, expected] of containers) {
    test(`containers by ${name}`, async () => {
      assert.deepEqual(named((await lab.cri.listContainers({ filter: filter() })).containers), expected);
    });
  }

  test('entries say what a kubelet sorts them by', async () => {
    const { items } = await lab.cri.listPodSandbox({ filter: { id: id('front') } });
    assert.equal(items[0]?.runtimeHandler, 'crun');
    assert.equal(items[0]?.metadata?.namespace, 'default');
    const { status } = await lab.cri.podSandboxStatus({ podSandboxId: id('front') });
    assert.equal(items[0]?.createdAt, status?.createdAt);
    const { containers: found } = await lab.cri.listContainers({ filter: { id: id('running') } });
    const { status: full } = await lab.cri.containerStatus({ containerId: id('running') });
    assert.deepEqual(
      [found[0]?.podSandboxId, found[0]?.createdAt, found[0]?.imageId, found[0]?.metadata?.name],
      [id('front'), full?.createdAt, full?.imageId, full?.metadata?.name],
    );
    assert.deepEqual(found[0]?.labels, { app: 'shop', tier: 'front' });
  });

  test('an id may be shortened where only one begins so', async () => {
    const { status } = await lab.cri.containerStatus({ containerId: id('running').slice(0, 13) });
    assert.equal(status?.id, id('running'));
  });

  test('docs/metrics.md describes every metric that a service exposes', { timeout: 60_000 }, async ({ signal }) => {
    const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    const services = lab.node.processes().filter(({ http }) => http !== undefined);
    assert.ok(services.length >= 5);
    for (const { name, http } of services) {
      const answer = await fetch(`${http}/metrics`, { signal });
      const text = await answer.text();
      const types = [...text.matchAll(/^# TYPE (\S+) \w+$/gm)].map(([, metric]) => metric);
      assert.ok(types.includes('slipway_stage_calls_total'), name);
      for (const metric of types) assert.ok(page.includes(`\`${metric}\``), `${metric} of ${name}`);
    }
  });
});

function compare(a: string, b: string): number {
  return a.localeCompare(b);
}
