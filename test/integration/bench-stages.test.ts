import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startNullRegistry } from '@slipway/null-registry';
import { type CriClient, criClient, nodeLeftovers, podLeftovers, startNode, type TestNode } from '@slipway/testbed';
import { cannotRun, suiteMs } from '../support/lab.js';
import { until } from '../support/until.js';

const slipway = join(dirname(fileURLToPath(import.meta.url)), '../../../packages/cli/bin/slipway');

interface Result {
  interrupted: boolean;
  errors: unknown[];
  operations: { name: string; isStep: boolean; done: number; failed: number }[];
  processes: { name: string }[];
}

void suite('slipway bench of one stage', { skip: cannotRun, timeout: suiteMs }, () => {
  let node: TestNode;
  let cri: CriClient;
  before(async () => {
    node = await startNode({ handlers: ['crun', 'null'] });
    cri = criClient(node.socket);
  });
  after(async () => {
    cri.close();
    await node.stop();
    assert.deepEqual(nodeLeftovers(node.place), []);
  });

  async function nothingLeft(): Promise<void> {
    assert.deepEqual(podLeftovers(node), []);
    assert.deepEqual((await cri.listImages({})).images, [], 'an image that it pulled is removed');
    assert.deepEqual(layers(), [], 'and its layers');
  }

  /** What is in the layer store. */
  function layers(): string[] {
    return readdirSync(join(node.root, 'layers/sha256'));
  }

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

  /** Two seconds of load that nothing may fail in; answers the steps that were made, and the processes watched. */
  async function load(...words: string[]): Promise<{ steps: string[]; watched: string[] }> {
    const run = start(...words, '--concurrency', '2', '--duration', '2s', '--warm-up', '0s', '--json');
    const { code, stdout, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
    const [{ operations, errors, processes }] = JSON.parse(stdout) as [Result];
    assert.deepEqual(errors, []);
    for (const { name, done, failed } of operations) assert.ok(done > 0 && failed === 0, name);
    const steps = operations.filter(({ isStep }) => isStep).map(({ name }) => name.replace(/^.* /, ''));
    return { steps, watched: [...new Set(processes.map(({ name }) => name.replace(/-\d+$/, '')))] };
  }

  // Together, for each must leave alone what the others make.
  void suite('each stage, all at once', { concurrency: true }, () => {
    after(nothingLeft);

    test('builder: bundles of an image of layers, with mounts', async () => {
      const { steps, watched } = await load('builder', '--layers', '5', '--mounts', '10');
      assert.deepEqual(steps, ['BuildBundle', 'RemoveBundle']);
      assert.deepEqual(watched, ['builder']);
    });

    test('puller: images of the null registry', async () => {
      const { steps, watched } = await load('puller', '--layers', '3', '--size', '16');
      assert.deepEqual(steps, ['PullImage', 'RemoveImage']);
      assert.deepEqual(watched, ['puller']);
    });

    test('executor: pods, sandboxes and containers of the handler that was named', async () => {
      const operations = ['pod', 'sandbox', 'container'].flatMap((name) => ['--operation', name]);
      const { steps, watched } = await load('executor', '--handler', 'null', ...operations);
      assert.ok(steps.includes('CreateSandbox') && steps.includes('StopContainer'));
      assert.deepEqual(watched, ['executor.null']);
    });

    test('pipeline: pods of a pulled image, run by a runtime', async () => {
      const { steps, watched } = await load('pipeline', '--handler', 'crun', '--layers', '3');
      assert.ok(
        ['CreateSandbox', 'BuildBundle', 'StartContainer', 'RemoveSandbox'].every((name) => steps.includes(name)),
      );
      assert.ok(watched.includes('builder') && watched.includes('executor.crun') && !watched.includes('gateway'));
    });
  });

  test('ctrl-C ends it and takes all away; what a killed one left, the next one takes', async () => {
    const long = ['pipeline', '--handler', 'crun', '--duration', '10m', '--warm-up', '0s', '--json'];
    const loads = async (): Promise<boolean> => (await cri.listContainers({})).containers.length > 0;
    const first = start(...long);
    await until('the load runs', loads);
    first.child.kill('SIGINT');
    const { code, stdout, stderr } = await first.ended;
    assert.equal(code, 130, stderr);
    assert.equal((JSON.parse(stdout) as [Result])[0].interrupted, true);
    assert.deepEqual(podLeftovers(node), []);
    const second = start(...long);
    await until('the load runs', loads);
    second.child.kill('SIGKILL');
    await second.ended;
    assert.equal((await cri.listImages({})).images.length, 1);
    const next = await start('executor', '--handler', 'null', '--duration', '200ms', '--warm-up', '0s').ended;
    assert.equal(next.code, 0, next.stderr);
    await nothingLeft();
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith(`slipway-bench-${second.child.pid}-`));
    assert.deepEqual(left, []);
  });

  test('what it cannot do is told, and an image of somebody is not touched', async () => {
    const registry = await startNullRegistry();
    const image = `${registry.host}/null/1x1:mine`;
    try {
      const { imageRef } = await cri.pullImage({ image: { image } });
      const refused = await start('puller', '--reference', image).ended;
      assert.match(refused.stderr, /the load test would remove it/);
      assert.equal((await cri.listImages({})).images.length, 1);
      await cri.removeImage({ image: { image: imageRef } });
      const once = await start('puller', '--reference', image, '--requests', '2', '--warm-up', '0s', '--json').ended;
      assert.equal(once.code, 0, once.stderr);
    } finally {
      await registry.stop();
    }
    assert.match((await start('executor', '--handler', 'nobody').ended).stderr, /no instance of executor.nobody/);
    assert.match((await start('builder', '--layers', '200').ended).stderr, /--layers 200: .* at most 127/);
    await nothingLeft();
  });
});
