import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBusyboxImage } from '@slipway/testbed';
import type { Lab } from '../support/lab.js';
import { partialBytes } from '../support/partials.js';
import { whileDown } from '../support/processes.js';
import { RegistryProxy } from '../support/registry-proxy.js';
import { until } from '../support/retry.js';

const layerBytes = 4 << 20;
const bytesPerSecond = 4 << 20;

export interface PullKills {
  /** Kills that hit a pull which had not answered yet. */
  hits: number;
  /** Bytes that were on disk when the puller died, over all of those. */
  kept: number;
  /** Bytes that were fetched after. */
  fetched: number;
}

/**
 * Pulls one image after the other, and kills the puller in the middle of each: of the first when half of the layer has
 * come, of the others when a random part has, sometimes all of it. The one call that the client made succeeds, and no byte
 * that was on disk is fetched again.
 */
export async function runPullKills(lab: Lab, count: number): Promise<PullKills> {
  const { node, cri } = lab;
  const proxy = await RegistryProxy.start(lab.registry.host);
  proxy.bytesPerSecond = bytesPerSecond;
  const sum: PullKills = { hits: 0, kept: 0, fetched: 0 };
  try {
    for (let at = 0; at < count; at++) {
      const content = randomBytes(layerBytes).toString('base64');
      const pushed = await buildBusyboxImage({ registry: lab.registry, repository: `kills/${at}`, files: { content } });
      proxy.clear();
      // The config's digest is the image's id; the other layers are on the node.
      const ofLayer = (): string[] => proxy.fetches.flatMap(({ digest }) => (digest === pushed.id ? [] : digest));
      const fetched = (): number =>
        proxy.fetches.reduce((bytes, one) => bytes + (one.digest === pushed.id ? 0 : one.bytes), 0);
      const onDisk = (): number => {
        const [digest] = ofLayer();
        return digest === undefined ? 0 : partialBytes(node.root, digest);
      };
      let answered = false;
      const pulling = cri.pullImage({ image: { image: proxy.through(pushed.reference) } }, { timeoutMs: 120_000 });
      // Rejections are seen below; here only whether the kill came in time.
      const over = pulling.then(
        () => true,
        () => true,
      );
      void over.then((is) => {
        answered = is;
      });
      // By bytes and not by time: a loaded machine begins late.
      const wanted = layerBytes * (at === 0 ? 0.5 : Math.random() * 1.2);
      await until('so much has come', () => answered || (at === 0 ? onDisk() : fetched()) >= wanted, 120_000);
      const { missed, kept } = await whileDown(node, ['puller'], 'SIGKILL', () => {
        const missed = answered;
        const kept = onDisk();
        proxy.clear();
        return Promise.resolve({ missed, kept });
      });
      assert.equal((await pulling).imageRef, pushed.id, `kill ${at}`);
      const { info } = await cri.imageStatus({ image: { image: pushed.id }, verbose: true });
      const { layers } = JSON.parse(info['info'] ?? '{}') as { layers: { diffID: string; size: string }[] };
      const top = layers.at(-1);
      assert.ok(top);
      const file = join(node.root, 'layers', top.diffID.replace(':', '/'), 'fs', 'content');
      assert.equal(readFileSync(file, 'utf8'), content, `kill ${at}: the file is not what was pushed`);
      if (!missed) {
        const most = Number(top.size) - kept;
        assert.ok(
          fetched() <= most,
          `kill ${at}: ${fetched()} bytes fetched after it, though ${kept} of ${top.size} were on disk`,
        );
        sum.hits++;
        sum.kept += kept;
        sum.fetched += fetched();
      }
      assert.equal(partialBytes(node.root, ofLayer()[0] ?? 'none'), 0, 'a partial is left');
      await cri.removeImage({ image: { image: pushed.id } });
    }
    return sum;
  } finally {
    await proxy.stop();
  }
}
