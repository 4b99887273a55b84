import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { ContainerPhase } from '@slipway/contracts';
import { ContainerState, PodSandboxState } from '@slipway/cri';
import { connectRecords, type Records } from '@slipway/records';
import { type CriClient, criClient, statusName } from '@slipway/testbed';
import { CriEvents, typeName } from '../support/cri-events.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { processesOf, replaced, signalProcess, whileDown } from '../support/processes.js';
import { operatorRedis } from '../support/records.js';
import { until } from '../support/retry.js';

const none = (): void => undefined;
const silent = { debug: none, info: none, warn: none, error: none } as never;
const whole = ['CREATED', 'STARTED', 'STOPPED', 'DELETED'];

describe('events', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  let clients: [CriClient, CriClient];
  const open: CriEvents[] = [];

  before(async () => {
    lab = await openLab({ handlers: ['crun', 'runc'], scale: { gateway: 2 } });
    clients = [lab.cri, criClient(`${lab.node.socket}.1`)];
  });
  afterEach(async () => {
    for (const events of open.splice(0)) events.close();
    await lab.clear();
  });
  after(async () => {
    clients?.[1].close();
    await lab?.close();
  });

  const clientOf = (at: number): CriClient => clients[at % 2] as CriClient;

  /** A subscription that is known to have begun. */
  const subscribe = async (socket = lab.node.socket): Promise<CriEvents> => {
    const events = new CriEvents(socket);
    open.push(events);
    for (;;) {
      const pod = await Pod.run(lab.cri, podConfig(lab.node));
      await pod.remove();
      // What is told at all is told within moments of it.
      const told = until('it is told', () => events.of(pod.id).includes('DELETED'), 3000);
      if (
        await told.then(
          () => true,
          () => false,
        )
      )
        break;
    }
    events.events.length = 0;
    return events;
  };

  /** A pod with one container that ends by itself and one that is killed, each step through the other gateway. */
  const churn = async (at: number, client = clientOf): Promise<{ pod: string; containers: string[] }> => {
    const pod = await Pod.run(client(at), podConfig(lab.node), at % 2 === 0 ? 'crun' : 'runc');
    const other = new Pod(client(at + 1), pod.id, pod.config);
    const short = await other.start(shell(lab.image, 'exit 3'));
    const long = await pod.start(shell(lab.image, 'exec sleep 1000'));
    await pod.exited(short);
    await client(at).stopContainer({ containerId: long, timeout: 0n });
    await client(at + 1).removeContainer({ containerId: short });
    await other.remove();
    return { pod: pod.id, containers: [short, long] };
  };

  test('of pods that churn everything is told once, in order, at every gateway, with the statuses of the moment', async () => {
    const subscriptions = [await subscribe(), await subscribe(`${lab.node.socket}.1`)];
    const churned = await Promise.all(Array.from({ length: 8 }, (_, at) => churn(at)));
    const ids = churned.flatMap(({ pod, containers }) => [pod, ...containers]);
    for (const events of subscriptions) {
      await until('all is told', () => ids.every((id) => events.of(id).includes('DELETED')));
      for (const id of ids) assert.deepEqual(events.of(id), whole, id);
      assert.equal(events.events.filter(({ containerId }) => ids.includes(containerId)).length, ids.length * 4);
      const times = events.events.map(({ createdAt }) => createdAt);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => Number(a - b)),
      );
    }
    for (const { pod, containers } of churned) {
      const [short = ''] = containers;
      for (const event of subscriptions[1]?.events ?? []) {
        const type = typeName(event);
        if (event.containerId === pod) {
          const ready = type === 'CREATED' || type === 'STARTED';
          assert.equal(event.podSandboxStatus?.state === PodSandboxState.SANDBOX_READY, ready, type);
        } else if (event.containerId === short) {
          assert.equal(event.podSandboxStatus?.id, pod);
          assert.ok(event.podSandboxStatus.network?.ip);
          const own = event.containersStatuses.find(({ id }) => id === short);
          const states = {
            CREATED: ContainerState.CONTAINER_CREATED,
            STARTED: ContainerState.CONTAINER_RUNNING,
            STOPPED: ContainerState.CONTAINER_EXITED,
            DELETED: ContainerState.CONTAINER_EXITED,
          };
          assert.equal(own?.state, states[type as keyof typeof states], type);
          assert.equal(own.exitCode, type === 'STOPPED' || type === 'DELETED' ? 3 : 0);
          assert.ok(own.imageId && own.metadata?.name && own.createdAt > 10n ** 18n);
        }
      }
    }
    assert.deepEqual(
      subscriptions.map(({ ended }) => ended),
      [undefined, undefined],
    );
  });

  test('while pods churn a gateway is killed, and two that read there miss nothing and see each pod in order', async () => {
    const count = Number(process.env['SLIPWAY_TEST_PODS'] ?? 8);
    const first = [await subscribe(), await subscribe()];
    const survivor = (): CriClient => clientOf(1);
    const churned: { pod: string; containers: string[] }[] = [];
    // As many at a time as a kubelet's workers.
    const work = Array.from({ length: 5 }, async (_, worker) => {
      for (let at = worker; at < count; at += 5) churned.push(await churn(at, survivor));
    });
    const all = Promise.all(work);
    all.catch(none);
    await until('some are gone', () => churned.length > count / 4, 60_000);
    await replaced(lab.node, [signalProcess(lab.node, 'gateway-0', 'SIGKILL')]);
    const second = [0, 1].map(() => new CriEvents(lab.node.socket));
    open.push(...second);
    await all;
    const ids = churned.flatMap(({ pod, containers }) => [pod, ...containers]);
    assert.equal(ids.length, count * 3);
    for (const at of [0, 1]) {
      const told = (id: string): string[] => [...(first[at]?.of(id) ?? []), ...(second[at]?.of(id) ?? [])];
      await until('all is told', () => ids.every((id) => told(id).includes('DELETED')), 60_000);
      for (const id of ids) assert.deepEqual([...new Set(told(id))], whole, id);
    }
  });

  test('a container that cannot be created is not told of', async () => {
    const events = await subscribe();
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    await assert.rejects(pod.create(shell(lab.image, '', { command: ['/no/such/program'] })));
    await pod.remove();
    await until('the pod is told of', () => events.of(pod.id).includes('DELETED'));
    assert.deepEqual(
      events.events.map(({ containerId }) => containerId === pod.id),
      [true, true, true, true],
    );
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`nothing is lost to who connects again after the gateway ended by ${signal}`, async () => {
      const first = await subscribe();
      const config = podConfig(lab.node);
      const pod = await Pod.run(clientOf(1), config);
      const early = await pod.start(shell(lab.image, 'exec sleep 1000'));
      await until('it is told', () => first.of(early).includes('STARTED'));
      const late = await whileDown(lab.node, ['gateway-0'], signal, async () => {
        await until('the stream has ended', () => first.ended !== undefined);
        if (signal === 'SIGTERM') {
          assert.equal(statusName(first.ended), 'UNAVAILABLE');
          assert.match((first.ended as Error).message, /connect again/);
        }
        const id = await pod.start(shell(lab.image, 'exit 0'));
        await pod.exited(id);
        await clientOf(1).removeContainer({ containerId: id });
        return id;
      });
      const second = new CriEvents(lab.node.socket);
      open.push(second);
      await until('it goes on', () => second.of(late).includes('DELETED'));
      assert.deepEqual(second.of(late), whole);
      const deleted = second.events.find((event) => event.containerId === late && typeName(event) === 'DELETED');
      assert.equal(deleted?.podSandboxStatus?.id, pod.id);
      assert.equal(deleted.podSandboxStatus.state, PodSandboxState.SANDBOX_READY);
      await pod.remove();
      await until('it goes on', () => second.of(pod.id).includes('DELETED'));
      // A little may come twice; nothing is missing.
      for (const id of [pod.id, early]) {
        assert.deepEqual([...new Set([...first.of(id), ...second.of(id)])], whole);
      }
    });
  }

  test('who comes without having been cut off hears of nothing that was before', async () => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    await pod.start(shell(lab.image, 'exec sleep 1000'));
    const events = await subscribe();
    await pod.remove();
    await until('it is told', () => events.of(pod.id).includes('DELETED'));
    assert.deepEqual(events.of(pod.id), ['STOPPED', 'DELETED']);
  });

  test('a subscriber that does not read costs the gateway no memory, and is told in the end why its stream ends', async () => {
    const slow = await subscribe();
    const live = await subscribe();
    slow.pause();
    const count = 1800;
    const { node, image } = lab;
    // A pod with large annotations: what is told of it is large.
    const annotations = { large: 'x'.repeat(50_000) };
    const pod = await Pod.run(lab.cri, podConfig(node, { annotations }));
    const id = await pod.create(shell(image, 'exec sleep 1000', { annotations }));
    const [gateway] = processesOf(node, 'gateway-0');
    const memory = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway?.pid}/status`, 'utf8'))?.[1]);
    const root = `${node.place.directory}/mirror`;
    const records: Records = await connectRecords({
      ...operatorRedis(node),
      node: node.settings.node,
      root,
      log: silent,
    });
    try {
      const before = memory();
      const { CONTAINER_PHASE_CREATED, CONTAINER_PHASE_RUNNING } = ContainerPhase;
      // Twice as often as a journal holds of such records, which are 32 MiB of them.
      for (let at = 0; at < count; at++) {
        const phase = at % 2 === 0 ? CONTAINER_PHASE_RUNNING : CONTAINER_PHASE_CREATED;
        await records.containers.transition(id, (now) => ({ ...now, phase }));
        if (at % 100 === 0) await until('the other one keeps up', () => live.of(id).length >= at, 30_000);
      }
      await until('the other one has heard all', () => live.of(id).length >= count + 1, 60_000);
      assert.equal(live.ended, undefined);
      // As many events of 100 KB each are 180 MB.
      assert.ok(memory() - before < 100 << 10, `${memory() - before} KB more`);
      slow.resume();
      await until('the slow one is told', () => slow.ended !== undefined);
      assert.equal(statusName(slow.ended), 'RESOURCE_EXHAUSTED');
      assert.match((slow.ended as Error).message, /fell too far behind/);
    } finally {
      await records.close();
    }
  });
});
