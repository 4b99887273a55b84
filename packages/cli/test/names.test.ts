import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Container, ContainerState, PodSandbox, PodSandboxState } from '@slipway/cri';
import { namedOf, requireContainer, requireNamed } from '../src/client/names.js';

const pod = (id: string, namespace: string, name: string) =>
  PodSandbox.create({ id, metadata: { name, namespace }, state: PodSandboxState.SANDBOX_READY });
const container = (
  id: string,
  podSandboxId: string,
  name: string,
  state: ContainerState = ContainerState.CONTAINER_RUNNING,
) => Container.create({ id, podSandboxId, metadata: { name }, state });

const all = namedOf({
  pods: [pod('aa01', 'default', 'web'), pod('aa02', 'ops', 'web'), pod('aa03', 'default', 'job')],
  containers: [
    container('bb01', 'aa01', 'main'),
    container('bb02', 'aa01', 'side'),
    container('bb03', 'aa02', 'main'),
    container('bb04', 'aa03', 'job', ContainerState.CONTAINER_EXITED),
    container('bb05', 'aa03', 'job'),
    container('bb06', 'aa03', 'aa', ContainerState.CONTAINER_EXITED),
  ],
});

test('containers are found by id, by the beginning of one, and by each end of namespace/pod/container', () => {
  for (const word of ['bb02', 'side', 'web/side', 'default/web/side']) {
    assert.equal(requireContainer(all, word).id, 'bb02', word);
  }
  // A name goes before the beginning of an id, and a live attempt before one that ended.
  assert.equal(requireContainer(all, 'aa').id, 'bb06');
  assert.equal(requireContainer(all, 'job/job').id, 'bb05');
  // A pod with one container is as good as that container.
  assert.equal(requireContainer(all, 'ops/web').id, 'bb03');
});

test('a name that several have is refused with their whole names', () => {
  assert.throws(() => requireContainer(all, 'web/main'), {
    code: 'INVALID_REQUEST',
    message: 'web/main may mean 2 containers: default/web/main (bb01), ops/web/main (bb03)',
  });
  assert.throws(() => requireNamed(all, 'web'), { message: /default\/web \(aa01\), ops\/web \(aa02\)/ });
  assert.throws(() => requireContainer(all, 'nothing'), { code: 'CONTAINER_NOT_FOUND' });
});

test('a pod and its only container of the same name are the pod', () => {
  const one = namedOf({ pods: [pod('aa01', 'default', 'x')], containers: [container('bb01', 'aa01', 'x')] });
  assert.equal(requireNamed(one, 'x').id, 'aa01');
  assert.throws(() => requireNamed(all, 'job'), { code: 'INVALID_REQUEST' });
});
