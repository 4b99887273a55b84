import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AuthConfig } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import {
  buildBusyboxImage,
  criClient,
  startNode,
  startRegistry,
  type TestNode,
  type TestRegistry,
} from '@slipway/testbed';
import { cannotRun, suiteMs } from '../support/lab.js';
import { openSite, type Site } from '../support/site.js';

describe('images shared between nodes', { skip: cannotRun, timeout: suiteMs }, () => {
  let site: Site;
  let pushTo: TestRegistry;
  const nodes: TestNode[] = [];

  before(async () => {
    pushTo = await startRegistry();
    site = await openSite(pushTo);
    for (const netns of site.namespaces) {
      nodes.push(
        await startNode({
          netns,
          handlers: [],
          scale: { builder: 0, executor: 0 },
          settings: {
            'peers.share': true,
            'nats.hub': [site.hub],
            'images.registryDirs': [site.registryDirectory],
            'network.masquerade': false,
          },
        }),
      );
    }
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await site?.close();
    await pushTo?.stop();
  });

  const pull = async (node: TestNode, reference: string, auth?: Init<AuthConfig>): Promise<string> => {
    const cri = criClient(node.socket);
    try {
      return (await cri.pullImage({ image: { image: reference }, auth })).imageRef;
    } finally {
      cri.close();
    }
  };

  test('the second node takes no byte of a layer from the registry', async () => {
    const [first, second] = nodes as [TestNode, TestNode];
    const pushed = await buildBusyboxImage({ registry: pushTo, repository: 'site/app' });
    const reference = pushed.reference.replace(pushTo.host, site.registry);
    const layers = await site.layersOf('site/app');
    assert.ok(layers.length > 0);

    assert.equal(await pull(first, reference), pushed.id);
    const asked = site.blobsFetched();
    for (const layer of layers) assert.ok(asked.includes(layer), 'the first node has it from the registry');

    assert.equal(await pull(second, reference), pushed.id);
    const after = site.blobsFetched().slice(asked.length);
    assert.deepEqual(
      after.filter((digest) => layers.includes(digest)),
      [],
    );
    // The registry was asked for the image all the same: it decides who may have it.
    assert.ok(after.length > 0);
    assert.match(second.logs(), /blob came from another node/);
  });

  test('a layer that a node got with credentials is given to no other node', async () => {
    const [first, second] = nodes as [TestNode, TestNode];
    const pushed = await buildBusyboxImage({ registry: pushTo, repository: 'site/secret', files: { note: 'secret' } });
    const reference = pushed.reference.replace(pushTo.host, site.registry);
    const known = await site.layersOf('site/app');
    const layers = (await site.layersOf('site/secret')).filter((digest) => !known.includes(digest));
    assert.ok(layers.length > 0);
    assert.equal(await pull(first, reference, { username: 'someone', password: 'secret' }), pushed.id);
    const asked = site.blobsFetched().length;
    assert.equal(await pull(second, reference), pushed.id);
    const fetched = site.blobsFetched().slice(asked);
    for (const layer of layers) assert.ok(fetched.includes(layer), 'it comes from the registry, which may refuse it');
  });

  test('a node whose hub is away pulls from the registry', async () => {
    const [, second] = nodes as [TestNode, TestNode];
    await site.stopHub();
    const pushed = await buildBusyboxImage({ registry: pushTo, repository: 'site/alone', files: { note: 'alone' } });
    assert.equal(await pull(second, pushed.reference.replace(pushTo.host, site.registry)), pushed.id);
  });
});
