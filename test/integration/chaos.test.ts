import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runChaos } from '../chaos/chaos.js';
import { runPullKills } from '../chaos/pull-kills.js';
import { runRounds } from '../chaos/rounds.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { RestartScene } from '../support/restart-scene.js';

describe('stages are killed while there is work', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun'], settings: { 'stage.stallMs': 2000, 'stage.beatMs': 200 } });
  });
  after(() => lab?.close());

  test('at random while pods come and go: no container is lost, no exit unnoticed, nothing left', async () => {
    const { kills, pods } = await runChaos(lab, { seconds: 8 });
    assert.ok(kills >= 3, `${kills} kills`);
    assert.ok(pods >= 3, `${pods} pods`);
  });

  test('nothing is lost when everything is killed at once, nor when the file of Redis is damaged', async () => {
    const scene = await RestartScene.open(lab);
    try {
      for (const kind of ['everything', 'damaged-aof']) await runRounds(lab, scene, kind, 1);
    } finally {
      await scene.close();
    }
  });

  // The long form: npm run chaos -- --pulls 20.
  test('a puller in the middle of a pull: the pull succeeds, from the bytes on disk', async () => {
    const { hits, kept } = await runPullKills(lab, 3);
    assert.ok(hits > 0, 'no kill came in time');
    assert.ok(kept > 0, 'nothing was on disk at any kill');
  });
});
