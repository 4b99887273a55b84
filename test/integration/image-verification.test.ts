import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  buildBusyboxImage,
  type CriClient,
  criClient,
  startNode,
  startRegistry,
  type TestNode,
  type TestRegistry,
} from '@slipway/testbed';
import { cannotRun, suiteMs } from '../support/lab.js';

describe('an image that the signature policy refuses', { skip: cannotRun, timeout: suiteMs }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'sw-policy-'));
  const policy = join(directory, 'policy.toml');
  let registry: TestRegistry;
  let node: TestNode;
  let cri: CriClient;

  before(async () => {
    registry = await startRegistry();
    node = await startNode({
      handlers: [],
      scale: { builder: 0, executor: 0 },
      settings: { 'images.signaturePolicy': policy, 'network.masquerade': false },
    });
    cri = criClient(node.socket);
  });
  after(async () => {
    cri?.close();
    await node?.stop();
    await registry?.stop();
    rmSync(directory, { recursive: true });
  });

  test("is told with the kubelet's word at the start, and is not there; another policy counts at once", async () => {
    const { reference, id } = await buildBusyboxImage({ registry, repository: 'test/refused' });
    writeFileSync(policy, '[default]\ntype = "reject"\n');
    await assert.rejects(cri.pullImage({ image: { image: reference } }), (error: { code: number; details: string }) => {
      // A kubelet takes the text of an UNKNOWN error for the pod's events, and the word for the reason (pkg/kubelet/images).
      assert.equal(error.code, 2);
      assert.match(error.details, /^SignatureValidationFailed: /);
      assert.ok(error.details.includes(`${policy}:1`), error.details);
      return true;
    });
    assert.equal((await cri.imageStatus({ image: { image: reference } })).image, undefined);
    writeFileSync(policy, '[default]\ntype = "insecureAcceptAnything"\n');
    assert.equal((await cri.pullImage({ image: { image: reference } })).imageRef, id);
  });
});
