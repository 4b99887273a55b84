import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildBusyboxImage, criClient, nodeLeftovers, startNode, startRegistry, type TestNode } from '@slipway/testbed';
import { cannotRun, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';

const program = fileURLToPath(new URL('../../../packages/cli/bin/slipway', import.meta.url));

async function reset(node: TestNode, ...words: string[]): Promise<{ code: number; out: string; error: string }> {
  const args = ['reset', '--config', join(node.place.directory, 'config.toml'), ...words];
  return await new Promise((resolve) => {
    execFile(program, args, { timeout: 120_000 }, (error, out, text) =>
      resolve({ code: Number(error?.code ?? 0), out, error: text }),
    );
  });
}

/** But for what the test itself has made: the node's place, and the file system at its state directory. */
function leftovers(node: TestNode): string[] {
  const own = [`directory ${node.place.directory}`, `mount ${node.state}`];
  return nodeLeftovers(node.place).filter((line) => !own.includes(line));
}

describe('slipway reset', { skip: cannotRun, timeout: suiteMs }, () => {
  test('ends and removes what a node has made, leaves images where they are asked for, and names what runs', async () => {
    const registry = await startRegistry();
    const { reference: image } = await buildBusyboxImage({ registry });
    const node = await startNode({ handlers: ['crun'] });
    try {
      let cri = criClient(node.socket);
      await cri.pullImage({ image: { image } });
      const config = podConfig(node, { portMappings: [{ containerPort: 80, hostPort: 18_080 }] });
      const pod = await Pod.run(cri, config);
      await pod.start(shell(image, 'sleep 1000', { metadata: { name: 'web', attempt: 0 } }));
      const name = `default/${config.metadata?.name}/web`;
      const busy = await reset(node);
      assert.equal(busy.code, 1);
      assert.match(busy.error, new RegExp(`slipway up runs as pid ${node.up.pid}; containers run: ${name}`));
      const looked = await reset(node, '--dry-run');
      assert.match(
        looked.out,
        new RegExp(`^slipway up runs as pid ${node.up.pid}\ncontainer ${name} runs\n${node.state} would`),
      );
      cri.close();
      await node.shutDown();
      assert.match((await reset(node)).error, new RegExp(`containers run: ${name}`));
      const done = await reset(node, '--force', '--keep-images');
      assert.deepEqual([done.code, done.error], [0, ''], done.out);
      assert.match(done.out, new RegExp(`ended container ${name}[^]*nothing is left`));
      assert.deepEqual(leftovers(node), []);

      await node.start();
      cri = criClient(node.socket);
      assert.ok((await cri.imageStatus({ image: { image } })).image, 'its images were kept');
      assert.deepEqual((await cri.listPodSandbox({})).items, []);
      const next = await Pod.run(cri, podConfig(node));
      await next.start(shell(image, 'sleep 1000'));
      await next.remove();
      await node.shutDown();
      assert.deepEqual(leftovers(node), [], 'without pods a node that ended leaves nothing on the host');

      await node.start();
      await Pod.run(cri, podConfig(node));
      cri.close();
      const forced = await reset(node, '--force');
      assert.deepEqual([forced.code, forced.error], [0, ''], forced.out);
      assert.match(forced.out, /removed pod default\/pod-[^]*ended slipway up, pid \d+[^]*nothing is left/);
      assert.deepEqual(leftovers(node), []);
      assert.equal(existsSync(node.root), false);
    } finally {
      await node.stop();
      await registry.stop();
    }
  });

  test('directories that others use are never removed', async () => {
    const { code, error } = await new Promise<{ code: number; error: string }>((resolve) => {
      execFile(program, ['reset', '--force', '--state', '/run', '--root', '/var/lib/x'], (failed, _out, text) =>
        resolve({ code: Number(failed?.code ?? 0), error: text }),
      );
    });
    assert.deepEqual([code, /\/run is not the node's alone/.test(error)], [1, true], error);
  });
});
