import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { programs } from '@slipway/stages';

// The content of docker-compose's image: nobody here would notice a stage that lacks a file there.
const directory = mkdtempSync(join(tmpdir(), 'slipway-packed-'));
after(() => rmSync(directory, { recursive: true }));
const pack = fileURLToPath(new URL('../../../../scripts/pack.mjs', import.meta.url));
const run = (program: string, args: string[], env = {}): string => {
  const { stdout, stderr } = spawnSync(program, args, { env: { ...process.env, ...env }, encoding: 'utf8', cwd: '/' });
  return stdout + stderr;
};

test('what was packed is all that the command and the stages load', { timeout: 60_000 }, () => {
  assert.equal(run(process.execPath, [pack, directory]), '');
  const slipway = join(directory, 'packages/cli/bin/slipway');
  assert.match(run(slipway, ['--help']), /^Usage: slipway/m);
  for (const { name: stage } of programs) {
    // Settings are read when all of it was loaded.
    assert.match(run(slipway, [stage, '--handler=crun'], { SLIPWAY_REDIS_URL: 'nothing' }), /INVALID_CONFIG/, stage);
  }
  // Loaded with the first system call.
  const loads = ['-p', 'require(process.argv[1]).load(null) !== undefined', join(directory, 'node_modules/koffi')];
  assert.match(run(process.execPath, loads), /^true$/m);
});
