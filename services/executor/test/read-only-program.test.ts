import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findBinary } from '@slipway/config';
import { hasCode, listMounts, setMountAttributes } from '@slipway/linux';
import { ReadOnlyProgram } from '../src/runtime/read-only-program.js';

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'slipway-view-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a view of crun runs as the binary does, root cannot write through it, and no mount table has it', (t) => {
  const dir = directory(t);
  const path = join(dir, 'crun');
  copyFileSync(findBinary('crun'), path);
  const view = ReadOnlyProgram.open(path);
  assert.ok(view);
  const { file, env } = view.launch;
  assert.notEqual(file, path);
  assert.equal(
    execFileSync(file, ['--version'], { env, encoding: 'utf8' }),
    execFileSync(path, ['--version'], { encoding: 'utf8' }),
  );
  assert.throws(
    () => openSync(file, 'r+'),
    (error) => hasCode(error, 'EROFS'),
  );
  assert.throws(
    () => setMountAttributes(file, { clear: ['ro'] }),
    (error) => hasCode(error, 'EINVAL'),
  );
  assert.ok(!JSON.stringify(listMounts()).includes(basename(dir)));
  // The file itself is not harmed: package managers replace it.
  closeSync(openSync(path, 'r+'));
});

test('a binary that is replaced on disk is run from then on, and one that is gone is named', (t) => {
  const dir = directory(t);
  const path = join(dir, 'crun');
  const install = (text: string): void => {
    writeFileSync(`${path}.new`, `#!/bin/sh\necho ${text}\n`, { mode: 0o755 });
    renameSync(`${path}.new`, path);
  };
  install('one');
  const view = ReadOnlyProgram.open(path);
  assert.ok(view);
  const { file } = view.launch;
  assert.equal(execFileSync(file, { encoding: 'utf8' }), 'one\n');
  install('another');
  assert.equal(view.launch.file, file);
  assert.equal(execFileSync(file, { encoding: 'utf8' }), 'another\n');
  rmSync(path);
  assert.deepEqual(view.launch, { file: path, env: {} });
});

test('a program that acts by its name is run under it', (t) => {
  const path = join(directory(t), 'krun');
  copyFileSync(findBinary('crun'), path);
  assert.equal(ReadOnlyProgram.open(path), undefined);
});
