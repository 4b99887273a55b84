import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Executor, Records, SandboxPhase } from '@slipway/contracts';
import { verifyExecutor } from '@slipway/executor-testsuite';
import { connectBus, serveStage, stageClient, type StageHandlers } from '@slipway/stage';
import { createLogger } from '@slipway/telemetry';
import { criClient, nodeLeftovers, podLeftovers, startNode, type TestNode } from '@slipway/testbed';
import { cannotRun, suiteMs } from '../support/lab.js';
import { Pod, podConfig } from '../support/pod.js';
import { until } from '../support/until.js';

const slipway = fileURLToPath(new URL('../../../packages/cli/bin/slipway', import.meta.url));
const example = fileURLToPath(new URL('../example-executor/executor.js', import.meta.url));

const HANDLERS = ['crun', 'runc', 'runsc', 'null'];

interface Report {
  passed: number;
  failed: number;
  skipped: number;
  leftovers: string[];
  checks: { level: string; name: string; expected: string; came: string; result: string }[];
}

/** What `slipway verify executor` says and its exit code. */
async function verify(node: TestNode, handler: string, ...more: string[]): Promise<Report & { code: number }> {
  const config = join(node.place.directory, 'config.toml');
  const words = ['verify', 'executor', '--json', '--handler', handler, '--config', config, ...more];
  return await new Promise((resolve, reject) => {
    execFile(slipway, words, { timeout: 180_000, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve({ ...(JSON.parse(stdout) as Report), code: Number(error?.code ?? 0) });
    });
  });
}

function notPassed({ checks }: Pick<Report, 'checks'>, result: string): string[] {
  return checks
    .filter((check) => check.result === result)
    .map(({ level, name, expected, came }) => `${level}, ${name}: expected ${expected}, came ${came}`);
}

/** The example, as somebody else's supervisor would start it. */
async function startExample(node: TestNode): Promise<ChildProcess> {
  const env = {
    ...process.env,
    NATS_URL: node.natsUrl(),
    NODE_NAME: node.place.name,
    NKEY: join(node.state, 'keys/executor.nk'),
  };
  const child = spawn(process.execPath, [example, 'bwrap'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let log = '';
  child.stdout.on('data', (part: Buffer) => (log += part.toString()));
  await until('the example answers', async () => {
    if (child.exitCode !== null) throw new Error(`the example ended: ${log}`);
    return await verify(node, 'bwrap', '--level', 'exec').then(
      () => true,
      () => false,
    );
  });
  return child;
}

void suite('slipway verify executor', { skip: cannotRun, timeout: suiteMs }, () => {
  let node: TestNode;
  before(async () => {
    node = await startNode({ handlers: HANDLERS });
  });
  after(async () => {
    assert.deepEqual(podLeftovers(node), [], 'the checks left something behind');
    await node.stop();
    assert.deepEqual(nodeLeftovers(node.place), []);
  });

  test('every executor that comes with Slipway keeps the contract, kill -9 included', async () => {
    const reports = await Promise.all(HANDLERS.map((handler) => verify(node, handler, '--kill')));
    for (const [index, report] of reports.entries()) {
      const handler = HANDLERS[index] ?? '';
      assert.deepEqual(notPassed(report, 'failed'), [], handler);
      assert.deepEqual(report.leftovers, []);
      assert.equal(report.code, 0);
      const skipped = notPassed(report, 'skipped');
      if (handler === 'null') assert.ok(skipped.every((line) => line.includes('has no process')));
      // gVisor's containers of one pod cannot be told apart from outside.
      else assert.ok(skipped.length <= (handler === 'runsc' ? 1 : 0), skipped.join('\n'));
    }
  });

  test('an executor of two hundred lines that knows no Redis passes the basic part, and logs', async () => {
    const child = await startExample(node);
    try {
      // As the tests of its author would call the suite.
      const { results, leftovers } = await verifyExecutor(node.settings, {
        handler: 'bwrap',
        levels: ['basic', 'logs', 'network', 'exec'],
      });
      const report = { checks: results };
      assert.deepEqual([notPassed(report, 'failed'), leftovers], [[], []]);
      assert.ok(notPassed(report, 'skipped').every((line) => line.includes('UNSUPPORTED: this executor has')));
      assert.ok(results.filter(({ result }) => result === 'passed').length > 26);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });

  test('an executor that says yes to everything and does nothing is found out', async () => {
    const nkeyFile = join(node.state, 'keys/executor.nk');
    const bus = await connectBus({ url: node.natsUrl(), node: node.place.name, role: 'executor', nkeyFile });
    const info = { name: 'liar', kind: 'liar', version: '1', instance: bus.instance, ready: true, infra: 'none' };
    const yes = () => Promise.resolve({});
    const handlers: unknown = Object.fromEntries(Object.keys(Executor.methods).map((method) => [method, yes]));
    const server = await serveStage(bus, Executor, {
      handler: 'liar',
      version: '1.0.0',
      log: createLogger({ stage: 'liar', level: 'fatal' }),
      handlers: { ...(handlers as StageHandlers<typeof Executor>), describe: () => Promise.resolve(info) },
    });
    const report = await verify(node, 'liar', '--level', 'basic');
    await server.drain();
    await bus.close();
    assert.equal(report.code, 1);
    const passed = report.checks.filter(({ result }) => result === 'passed').map(({ name }) => name);
    assert.deepEqual(passed, ['describe', 'stop and remove a missing sandbox', 'stop and remove a missing container']);
  });

  test('records are moved for their own executor alone, and by its steps alone', async () => {
    const cri = criClient(node.socket);
    const pod = await Pod.run(cri, podConfig(node), 'null');
    const nkeyFile = join(node.state, 'keys/executor.nk');
    const bus = await connectBus({ url: node.natsUrl(), node: node.place.name, role: 'executor', nkeyFile });
    const records = stageClient(bus, Records);
    const move = (handler: string, from: SandboxPhase, phase: SandboxPhase) =>
      records.moveSandbox({ handler, id: pod.id, from: [from], change: { phase, reason: 'by the door' } });
    const { SANDBOX_READY, SANDBOX_NOT_READY, SANDBOX_REMOVING } = SandboxPhase;
    await assert.rejects(move('bwrap', SANDBOX_READY, SANDBOX_NOT_READY), /belongs to the handler null, not to bwrap/);
    await assert.rejects(
      move('null', SANDBOX_READY, SANDBOX_REMOVING),
      /does not move a record from READY to REMOVING/,
    );
    await assert.rejects(records.getContainer({ id: pod.id }), /it has no record/);
    const { moved, sandbox } = await move('null', SANDBOX_READY, SANDBOX_NOT_READY);
    assert.deepEqual([moved, sandbox?.phase, sandbox?.reason], [true, SANDBOX_NOT_READY, 'by the door']);
    assert.equal((await move('null', SANDBOX_READY, SANDBOX_NOT_READY)).moved, false, 'somebody was first');
    assert.equal((await records.listRecords({ handler: 'null' })).sandboxes[0]?.id, pod.id);
    await bus.close();
    await pod.remove();
    cri.close();
  });

  test('checks that are interrupted remove what they made', async () => {
    const words = ['verify', 'executor', '--handler', 'crun', '--level', 'logs,exec,streams', '--config'];
    const child = spawn(slipway, [...words, join(node.place.directory, 'config.toml')], { stdio: 'pipe' });
    const code = once(child, 'exit');
    const cri = criClient(node.socket);
    await until('a container of it is there', async () => (await cri.listContainers({})).containers.length > 0);
    child.kill('SIGINT');
    assert.deepEqual(await code, [130, null]);
    assert.deepEqual((await cri.listContainers({})).containers, []);
    assert.deepEqual((await cri.listPodSandbox({})).items, []);
    cri.close();
  });

  test('a handler without an executor is told', async () => {
    await assert.rejects(verify(node, 'nobody'), /STAGE_UNAVAILABLE/);
  });
});
