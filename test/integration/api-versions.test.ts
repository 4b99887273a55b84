import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { ContainerState, criVersions, ImageService, RuntimeService } from '@slipway/cri';
import { type CriClient, criClient } from '@slipway/testbed';
import { failureOf } from '../support/failure.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';

const built = new Set<string>([
  ...['Version', 'Status', 'RuntimeConfig', 'UpdateRuntimeConfig'],
  ...['RunPodSandbox', 'StopPodSandbox', 'RemovePodSandbox', 'PodSandboxStatus', 'ListPodSandbox'],
  ...['CreateContainer', 'StartContainer', 'StopContainer', 'RemoveContainer', 'ContainerStatus', 'ListContainers'],
  ...['ReopenContainerLog', 'ExecSync', 'Exec', 'Attach', 'PortForward'],
  ...['UpdateContainerResources', 'UpdatePodSandboxResources', 'GetContainerEvents'],
  // Refused so for a container that is there (pod-resources.test.ts); the empty id is none.
  'CheckpointContainer',
  ...['ContainerStats', 'ListContainerStats', 'PodSandboxStats', 'ListPodSandboxStats'],
  ...['ListMetricDescriptors', 'ListPodSandboxMetrics'],
  ...['StreamPodSandboxes', 'StreamContainers', 'StreamContainerStats', 'StreamPodSandboxStats'],
  ...['StreamPodSandboxMetrics', 'StreamImages'],
  ...['PullImage', 'ListImages', 'ImageStatus', 'RemoveImage', 'ImageFsInfo'],
]);
const methods = { ...RuntimeService.methods, ...ImageService.methods };

describe('versions of the API', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  const clients: Partial<Record<string, CriClient>> = {};
  const client = (version: string): CriClient => {
    const found = clients[version];
    assert.ok(found);
    return found;
  };
  before(async () => {
    lab = await openLab({ handlers: ['crun'] });
    for (const version of criVersions) clients[version] = criClient(lab.node.socket, version);
  });
  afterEach(() => lab.clear());
  after(async () => {
    for (const version of criVersions) clients[version]?.close();
    await lab.close();
  });

  for (const version of criVersions) {
    test(`${version} says that it is ${version}`, async () => {
      const { version: own, runtimeApiVersion } = await client(version).version({ version: '0.1.0' });
      assert.deepEqual([own, runtimeApiVersion], ['0.1.0', version]);
    });

    test(`${version} carries a pod from its image to its removal`, async () => {
      const cri = client(version);
      const { imageRef } = await cri.pullImage({ image: { image: lab.image } });
      assert.equal((await cri.imageStatus({ image: { image: lab.image } })).image?.id, imageRef);
      assert.equal((await cri.listImages()).images.length, 1);
      assert.equal((await cri.imageFsInfo()).imageFilesystems.length, 1);
      assert.equal((await cri.status()).status?.conditions.length, 2);
      await cri.updateRuntimeConfig({ runtimeConfig: { networkConfig: { podCidr: '' } } });

      const pod = await Pod.run(cri, podConfig(lab.node));
      // Old kubelets send images as ids, and seccomp profiles in both ways.
      const config = shell(imageRef, 'echo $COLOUR; exec sleep 1000', {
        envs: [{ key: 'COLOUR', value: Buffer.from('green') }],
        linux: {
          securityContext: {
            namespaceOptions: { pid: 1 },
            seccomp: { profileType: 1 },
            seccompProfilePath: 'unconfined',
          },
        },
      });
      const id = await pod.start(config);
      const status = await pod.status(id);
      assert.equal(status.state, ContainerState.CONTAINER_RUNNING);
      assert.equal(status.imageId, imageRef);
      assert.match(status.imageRef, /sha256:/);
      assert.ok(status.createdAt > 10n ** 18n, 'nanoseconds');
      assert.equal(await pod.exec(id, 'sh', '-c', 'echo $COLOUR'), 'green\n');
      await cri.reopenContainerLog({ containerId: id });
      assert.equal((await cri.listContainers({ filter: { id } })).containers.length, 1);
      assert.equal((await cri.listPodSandbox({ filter: { id: pod.id } })).items.length, 1);
      await cri.stopContainer({ containerId: id, timeout: 0n });
      await cri.removeContainer({ containerId: id });
      await pod.remove();
      const { status: code } = await failureOf(cri.podSandboxStatus({ podSandboxId: pod.id }));
      assert.equal(code, 'NOT_FOUND');
    });

    test(`${version} answers clients that name the socket's path as the authority, as kubelets before 1.29 do`, async (t) => {
      const { socket } = lab.node;
      for (const authority of [socket, encodeURIComponent(socket)]) {
        const cri = criClient(socket, version, authority);
        t.after(() => cri.close());
        await cri.version();
        assert.equal((await cri.status()).status?.conditions.length, 2);
      }
    });

    test(`${version} says UNIMPLEMENTED of what is not built, and of nothing else`, async () => {
      for (const [key, { name }] of Object.entries(methods)) {
        const call = client(version)[key as keyof typeof methods] as (
          request: object,
          options: { timeoutMs: number },
        ) => Promise<unknown>;
        // Events are streamed until the caller leaves.
        const outcome = await call({}, { timeoutMs: 3000 }).then(
          () => 0,
          (error: { code: number }) => error.code,
        );
        assert.equal(outcome === 12, !built.has(name), `${name} answered status ${outcome}`);
      }
    });
  }
});
