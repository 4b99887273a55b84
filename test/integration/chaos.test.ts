import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runChaos } from '../chaos/chaos.js';
import { cannotRun, type Lab, openLab } from '../support/lab.js';

describe('stages are killed at random while pods come and go', { skip: cannotRun, timeout: 180_000 }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun'], settings: { 'stage.stallMs': 2000, 'stage.beatMs': 200 } });
  });
  after(() => lab?.close());

  test('no container is lost, no exit unnoticed, nothing left', async () => {
    const { kills, pods } = await runChaos(lab, { seconds: 12 });
    assert.ok(kills >= 3, `${kills} kills`);
    assert.ok(pods >= 3, `${pods} pods`);
  });
});
