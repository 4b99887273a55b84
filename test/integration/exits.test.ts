import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type ContainerConfig, ContainerState, NamespaceMode, Signal } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { failureOf } from '../support/failure.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';

const isolated = { namespaceOptions: { pid: NamespaceMode.CONTAINER } };

describe('how containers end', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  for (const handler of ['crun', 'runc']) {
    test(`on ${handler} the status tells the exit code and why`, async () => {
      const pod = await Pod.run(lab.cri, podConfig(lab.node), handler);
      const ends: [string, number, string][] = [
        ['true', 0, 'Completed'],
        ['exit 3', 3, 'Error'],
        ['exit 255', 255, 'Error'],
        ['sh -c "kill -KILL \\$\\$"; exit $?', 137, 'Error'],
      ];
      await Promise.all(
        ends.map(async ([script, exitCode, reason]) => {
          const id = await pod.start(shell(lab.image, script));
          const status = await pod.exited(id);
          assert.deepEqual([status.exitCode, status.reason], [exitCode, reason], script);
          assert.ok(status.startedAt >= status.createdAt && status.finishedAt >= status.startedAt);
          assert.ok(status.finishedAt <= BigInt(Date.now() + 1) * 1_000_000n);
        }),
      );
    });

    test(`on ${handler} a stop sends the stop signal first and SIGKILL after the grace`, async () => {
      const { cri, image } = lab;
      const pod = await Pod.run(cri, podConfig(lab.node), handler);
      const loop = 'while :; do sleep 0.05; done';
      const cases: [string, bigint, number][] = [
        // Its own answer to SIGTERM.
        [`trap "exit 5" TERM; echo ready; ${loop}`, 20n, 5],
        // Deaf to SIGTERM: pid 1 has no default action.
        [`trap "" TERM; echo ready; ${loop}`, 1n, 137],
        [`trap "exit 5" TERM; echo ready; ${loop}`, 0n, 137],
      ];
      await Promise.all(
        cases.map(async ([script, timeout, exitCode]) => {
          const id = await pod.start(shell(image, script));
          while ((await pod.log(id)).length === 0);
          await cri.stopContainer({ containerId: id, timeout });
          const status = await pod.status(id);
          assert.equal(status.state, ContainerState.CONTAINER_EXITED, 'it has ended when the stop returns');
          assert.equal(status.exitCode, exitCode, `${script}, grace ${timeout}`);
        }),
      );
    });

    test(`on ${handler} the wanted stop signal is sent, and its default action ends with 128 + n`, async () => {
      const { cri, image } = lab;
      // Processes that are not pid 1 of their namespace die of signals that they do not handle.
      const linux = { securityContext: { namespaceOptions: { pid: NamespaceMode.POD } } };
      const pod = await Pod.run(cri, podConfig(lab.node, { linux }), handler);
      const id = await pod.start(shell(image, 'exec sleep 1000', { linux }));
      await cri.stopContainer({ containerId: id, timeout: 20n });
      assert.equal((await pod.status(id)).exitCode, 143);
      const usr1 = await pod.start(shell(image, 'exec sleep 1000', { linux, stopSignal: Signal.SIGUSR1 }));
      assert.equal((await pod.status(usr1)).stopSignal, Signal.SIGUSR1);
      await cri.stopContainer({ containerId: usr1, timeout: 20n });
      assert.equal((await pod.status(usr1)).exitCode, 138);
    });

    test(`on ${handler} a shorter grace shortens a stop that is under way`, async () => {
      const { cri, image } = lab;
      const pod = await Pod.run(cri, podConfig(lab.node), handler);
      const id = await pod.start(shell(image, 'trap "" TERM; echo ready; while :; do sleep 0.05; done'));
      while ((await pod.log(id)).length === 0);
      const long = cri.stopContainer({ containerId: id, timeout: 600n });
      await cri.stopContainer({ containerId: id, timeout: 1n });
      await long;
      assert.equal((await pod.status(id)).exitCode, 137);
    });

    test(`on ${handler} a container that outgrows its memory is OOMKilled`, async () => {
      const pod = await Pod.run(lab.cri, podConfig(lab.node), handler);
      const config: Init<ContainerConfig> = {
        linux: { resources: { memoryLimitInBytes: 32n << 20n }, securityContext: isolated },
      };
      const id = await pod.start(shell(lab.image, 'exec tail /dev/zero', config));
      const { exitCode, reason } = await pod.exited(id);
      assert.deepEqual([exitCode, reason], [137, 'OOMKilled']);
    });

    test(`on ${handler} a missing command is an error that names it`, async () => {
      const { cri, image } = lab;
      const pod = await Pod.run(cri, podConfig(lab.node), handler);
      const config = shell(image, '', { command: ['/no/such/program'], args: [] });
      const created = await cri.createContainer({ podSandboxId: pod.id, config, sandboxConfig: pod.config }).then(
        ({ containerId }) => containerId,
        (error: Error) => {
          assert.match(error.message, /\/no\/such\/program/);
          return '';
        },
      );
      // Runtimes differ in when they look for it.
      if (created === '') return;
      const { text } = await failureOf(cri.startContainer({ containerId: created }));
      assert.match(text, /\/no\/such\/program/);
      const status = await pod.exited(created);
      assert.deepEqual([status.exitCode, status.reason], [128, 'StartError']);
      assert.match(status.message, /\/no\/such\/program/);
      assert.ok(status.finishedAt >= status.createdAt);
      assert.match((await failureOf(cri.startContainer({ containerId: created }))).text, /CONTAINER_STATE|no\/such/);
    });
  }
});
