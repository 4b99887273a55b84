import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerPhase, Executor, Records, SandboxPhase } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { connectRecords } from '@slipway/records';
import { type Bus, connectBus, serveStage, stageClient, type StageHandlers, type StageServer } from '@slipway/stage';
import { createLogger } from '@slipway/telemetry';
import { podLeftovers } from '@slipway/testbed';
import { CriEvents } from '../support/cri-events.js';
import { failureOf } from '../support/failure.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { whileDown } from '../support/processes.js';
import { operatorRedis } from '../support/records.js';
import { until } from '../support/until.js';

const handler = 'deaf';

/** An executor that makes what it is told to, and then says that it did not, as one whose answer is lost. */
class DeafExecutor {
  /** The containers that it made, in order. */
  readonly made: string[] = [];
  /** What its next creation of a container waits for, and then fails. */
  failing: Promise<unknown> | undefined;
  /** Whether it is done with that container only after it was given up: when it is told to remove it. */
  late = false;
  /** Whether its next sandbox fails when it is ready. */
  sandboxFails = false;
  /** What removals of sandboxes wait for, and how many of them were asked for. */
  removing: Promise<unknown> | undefined;
  removals = 0;

  private constructor(
    readonly bus: Bus,
    readonly server: StageServer,
  ) {}

  static async start({ node }: Lab): Promise<DeafExecutor> {
    const nkeyFile = join(node.state, 'keys/executor.nk');
    const bus = await connectBus({ url: node.natsUrl(), node: node.place.name, role: 'executor', nkeyFile });
    const records = stageClient(bus, Records);
    const lost = new SlipwayError('RUNTIME_FAILED', 'made, but who knows');
    const yes = () => Promise.resolve({});
    const yesToAll: unknown = Object.fromEntries(Object.keys(Executor.methods).map((method) => [method, yes]));
    const facts = { kind: 'deaf', version: '1', ready: true, networkReady: true, infra: 'none' };
    const created = (id: string) =>
      records.moveContainer({
        ...{ handler, id, from: [ContainerPhase.CONTAINER_INTENT] },
        change: { phase: ContainerPhase.CONTAINER_PHASE_CREATED },
      });
    const server = await serveStage(bus, Executor, {
      handler,
      version: '1.0.0',
      log: createLogger({ stage: handler, level: 'fatal' }),
      handlers: {
        ...(yesToAll as StageHandlers<typeof Executor>),
        describe: () => Promise.resolve({ ...facts, name: handler, instance: bus.instance }),
        createSandbox: async ({ sandbox }) => {
          const id = sandbox?.id ?? '';
          const change = { phase: SandboxPhase.SANDBOX_READY };
          const moved = await records.moveSandbox({ handler, id, from: [SandboxPhase.SANDBOX_INTENT], change });
          if (executor.sandboxFails) throw lost;
          return moved;
        },
        createContainer: async ({ container }) => {
          const id = container?.id ?? '';
          const moved = executor.late ? {} : await created(id);
          executor.made.push(id);
          if (!executor.failing) return moved;
          await executor.failing;
          throw lost;
        },
        removeSandbox: async () => {
          executor.removals++;
          await executor.removing;
          return {};
        },
        removeContainer: async ({ id }) => {
          if (executor.late) await created(id);
          executor.late = false;
          return {};
        },
      },
    });
    const executor = new DeafExecutor(bus, server);
    return executor;
  }

  async stop(): Promise<void> {
    await this.server.drain();
    await this.bus.close();
  }
}

/** Until then a call may be sent to the one that was killed, and wait for its successor. */
async function noBuilder({ cri }: Lab): Promise<void> {
  await until('it is known that no builder runs', async () => {
    const { status } = await cri.status();
    return status?.conditions.some(({ message }) => message.includes('no builder answers'));
  });
}

describe('a creation that the executor was done with, and that failed', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  let executor: DeafExecutor;
  before(async () => {
    lab = await openLab({ handlers: ['crun'] });
    executor = await DeafExecutor.start(lab);
  });
  after(async () => {
    await executor?.stop();
    await lab?.close();
  });

  for (const when of ['before', 'after'])
    test(`is nobody’s container, made ${when} it was given up, and is undone as soon as it can be`, () => giveUp(when));

  async function giveUp(when: string): Promise<void> {
    const { cri, node } = lab;
    executor.made.length = 0;
    executor.late = when === 'after';
    const events = new CriEvents(node.socket);
    const pod = await Pod.run(cri, podConfig(node), handler);
    const request = { podSandboxId: pod.id, config: shell(lab.image, 'sleep 1'), sandboxConfig: pod.config };
    let fail = (): void => undefined;
    executor.failing = new Promise<void>((resolve) => (fail = resolve));
    const creating = failureOf(cri.createContainer(request));
    await until('it is made', () => executor.made.length === 1);
    const [id = ''] = executor.made;
    const bundle = join(node.root, 'bundles', id);
    await whileDown(node, ['builder'], 'SIGKILL', async () => {
      await noBuilder(lab);
      fail();
      assert.match((await creating).text, /made, but who knows/);
      assert.ok(existsSync(bundle), 'nobody is there who could remove its bundle');
      assert.deepEqual((await cri.listContainers({})).containers, []);
      assert.equal((await failureOf(cri.containerStatus({ containerId: id }))).status, 'NOT_FOUND');
      await until('its end is told', () => events.of(id).includes('DELETED'));
    });
    await until('its bundle is gone', () => !existsSync(bundle), 20_000);
    executor.failing = undefined;
    // Not that the container exists.
    const { containerId } = await cri.createContainer(request);
    assert.deepEqual(executor.made, [id, containerId]);
    await until('the second is told', () => events.of(containerId).length === 1);
    assert.deepEqual(events.of(id), ['CREATED', 'STOPPED', 'DELETED']);
    events.close();
    await pod.remove();
  }

  test('is nobody’s sandbox', async () => {
    const { cri, node } = lab;
    const config = podConfig(node);
    executor.sandboxFails = true;
    await whileDown(node, ['builder'], 'SIGKILL', async () => {
      await noBuilder(lab);
      const { text } = await failureOf(cri.runPodSandbox({ config, runtimeHandler: handler }));
      assert.match(text, /made, but who knows/);
      assert.deepEqual((await cri.listPodSandbox({})).items, []);
    });
    executor.sandboxFails = false;
    const { podSandboxId } = await cri.runPodSandbox({ config, runtimeHandler: handler });
    await cri.removePodSandbox({ podSandboxId });
    await until('the first is undone', () => podLeftovers(node).length === 0);
  });

  test('a removal that takes long is not taken for an abandoned one', async () => {
    const { cri, node } = lab;
    const { podSandboxId } = await cri.runPodSandbox({ config: podConfig(node), runtimeHandler: handler });
    const log = createLogger({ stage: handler, level: 'fatal' });
    const records = await connectRecords({ ...operatorRedis(node), node: node.settings.node, root: node.root, log });
    try {
      await records.sandboxes.transition(podSandboxId, (now) => ({
        ...now,
        createdAt: now.createdAt - 60_000_000_000n,
      }));
    } finally {
      await records.close();
    }
    executor.removals = 0;
    let finish = (): void => undefined;
    executor.removing = new Promise<void>((resolve) => (finish = resolve));
    const removed = cri.removePodSandbox({ podSandboxId });
    // Longer than the gateway's janitor pauses.
    await sleep(6500);
    finish();
    await removed;
    executor.removing = undefined;
    assert.equal(executor.removals, 1);
    assert.ok(!node.logs().includes('removing an abandoned sandbox'));
  });
});
