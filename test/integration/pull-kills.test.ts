import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runPullKills } from '../chaos/pull-kills.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';

/** The long form: npm run chaos -- --pulls 20. */
describe('a puller that is killed in the middle of a pull', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun'], settings: { 'stage.stallMs': 2000, 'stage.beatMs': 200 } });
  });
  after(() => lab.close());

  test('the pull that the client asked for succeeds, from the bytes on disk', async () => {
    const { hits, kept } = await runPullKills(lab, 3);
    assert.ok(hits > 0, 'no kill came in time');
    assert.ok(kept > 0, 'nothing was on disk at any kill');
  });
});
