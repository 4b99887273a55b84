import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ScratchState } from '../src/scratch-state.js';

test('crun says its version and leaves no state directory', () => {
  let directory: string | undefined;
  {
    using scratch = new ScratchState();
    directory = scratch.env['XDG_RUNTIME_DIR'];
    assert.ok(directory);
    assert.match(execFileSync('crun', ['--version'], { env: scratch.env, encoding: 'utf8' }), /^crun version/);
    assert.deepEqual(readdirSync(directory), ['crun']);
  }
  assert.equal(existsSync(directory), false);
});
