import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { runFuzzer } from '../hostile/fuzzer.js';
import { fuzzers } from '../hostile/fuzzers/index.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';

/** Of each fuzzer; `npm run hostile` takes longer. */
const ms = 700;

describe('random hostile input', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun'] });
  });
  after(() => lab?.close());

  for (const fuzzer of fuzzers) {
    test(`${fuzzer.name}: refused or taken, and the node serves on`, async (t) => {
      const seed = randomInt(2 ** 31);
      const { cases } = await runFuzzer(lab, fuzzer, { ms, seed });
      t.diagnostic(`${cases} inputs from seed ${seed} on`);
      assert.ok(cases > 0);
    });
  }
});
