import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type NullRegistry, startNullRegistry } from '@slipway/null-registry';
import { type CriClient, criClient, nodeLeftovers, podLeftovers, startNode, type TestNode } from '@slipway/testbed';
import { cannotRun, suiteMs } from '../support/lab.js';
import { until } from '../support/until.js';

const slipway = join(dirname(fileURLToPath(import.meta.url)), '../../../packages/cli/bin/slipway');

/** What this test reads of the JSON. */
interface Result {
  target: string;
  interrupted: boolean;
  errors: unknown[];
  operations: { name: string; isStep: boolean; done: number; latency: { p50: number; p99: number; max: number } }[];
  processes: { name: string; pid: number; rss: number }[];
}

void suite('slipway bench', { skip: cannotRun, timeout: suiteMs }, () => {
  let node: TestNode;
  let cri: CriClient;
  let registry: NullRegistry;
  let image: string;
  before(async () => {
    registry = await startNullRegistry();
    image = `${registry.host}/null/2x4:bench`;
    const settings = { 'runtime.defaultHandler': 'null', 'runtime.nullByDefault': true };
    node = await startNode({ handlers: ['null'], settings });
    cri = criClient(node.socket);
  });
  after(async () => {
    cri.close();
    await node.stop();
    await registry.stop();
    assert.deepEqual(nodeLeftovers(node.place), []);
  });
  afterEach(async () => {
    assert.deepEqual(podLeftovers(node), []);
    assert.deepEqual((await cri.listPodSandbox({})).items, []);
    assert.deepEqual((await cri.listImages({})).images, [], 'an image that it pulled is removed');
  });

  function start(...words: string[]) {
    const child = spawn(slipway, ['bench', ...words, '--config', join(node.place.directory, 'config.toml')]);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (bytes: Buffer) => {
        output[stream] += bytes.toString();
      });
    }
    const ended = once(child, 'close').then(([code]) => ({ code: code as number, ...output }));
    return { child, ended };
  }

  test('pods through a socket: every step, the processes that did it, a page, and nothing left', async () => {
    const page = join(node.place.directory, 'bench.html');
    const run = start(...['cri', '--image', image, '--concurrency', '2', '--duration', '2s', '--warm-up', '0s']);
    const { code, stdout, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /RemovePodSandbox .*\d/);
    assert.match(stdout, /errors: none/);
    const json = await start('cri', '--image', image, '--duration', '1s', '--json', '--html', page).ended;
    assert.equal(json.code, 0, json.stderr);
    const [result] = JSON.parse(json.stdout) as [Result];
    const pod = result.operations.find(({ isStep }) => !isStep);
    assert.ok(pod && pod.done > 0 && pod.latency.p50 <= pod.latency.p99 && pod.latency.p99 <= pod.latency.max);
    assert.equal(result.operations.filter(({ isStep, done }) => isStep && done > 0).length, 7);
    const pids = node.processes().map(({ pid }) => pid);
    assert.ok(result.processes.length > 0);
    assert.ok(result.processes.every(({ pid, rss }) => pids.includes(pid) && rss > 0));
    assert.match(readFileSync(page, 'utf8'), /<svg/);
  });

  test('an open loop at the gateway asks at its rate', async () => {
    const run = start(...['gateway', '--rate', '50', '--duration', '2s', '--warm-up', '0s', '--json']);
    const { code, stdout, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
    const [{ operations, errors }] = JSON.parse(stdout) as [Result];
    assert.deepEqual(errors, []);
    // 50 a second for two seconds, in turn among three lists.
    assert.deepEqual(
      operations.map(({ done }) => done).toSorted((a, b) => a - b),
      [33, 33, 34],
    );
  });

  test('ctrl-C ends it, removes its pods and prints what was measured', async () => {
    const { child, ended } = start('cri', '--image', image, '--pods', '3', '--duration', '10m', '--json');
    await until('the load runs', async () => (await cri.listPodSandbox({})).items.length > 3);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 130, stderr);
    assert.equal((JSON.parse(stdout) as [Result])[0].interrupted, true);
  });

  test('pods of a load test that was killed are removed by the next one', async () => {
    const { child, ended } = start('cri', '--image', image, '--pods', '2', '--duration', '10m');
    await until('pods stand', async () => (await cri.listPodSandbox({})).items.length >= 2);
    child.kill('SIGKILL');
    await ended;
    assert.ok((await cri.listPodSandbox({})).items.length > 0);
    const next = await start('cri', '--operation', 'list', '--duration', '500ms', '--warm-up', '0s').ended;
    assert.equal(next.code, 0, next.stderr);
    // The image of the killed one stays: nobody knows any more who pulled it.
    await cri.removeImage({ image: { image } });
  });

  test('what it cannot do is told before any load', async () => {
    const socket = join(node.place.directory, 'nobody.sock');
    assert.match((await start('cri', '--socket', socket, '--operation', 'list').ended).stderr, /no CRI answers there/);
    assert.match((await start('cri').ended).stderr, /--image/);
    assert.match((await start('gateway', '--rate', '1e9').ended).stderr, /--rate is 1000000000/);
    assert.match((await start('gateway', '--operation', 'sleep').ended).stderr, /use list|list, status/);
    assert.equal(existsSync(socket), false);
  });
});
