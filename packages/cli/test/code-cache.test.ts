import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { entryOf, nodeFlags, type Stage } from '../src/index.js';

const command = fileURLToPath(new URL('../../bin/slipway', import.meta.url));
const look = `
const { Script } = require('node:vm'), { readFileSync } = require('node:fs'), filename = process.argv[1] + '/service.cjs';
const script = new Script(readFileSync(filename, 'latin1'), {
  filename,
  cachedData: readFileSync(process.argv[1] + '/service.cache'),
  importModuleDynamically: (name) => import(name),
});
console.log(script.cachedDataRejected);
`;

for (const stage of ['gateway', 'puller', 'builder', 'executor'] as Stage[]) {
  const directory = dirname(entryOf(stage));
  test(`V8 takes the code cache of the ${stage} as services are started`, { skip: !existsSync(directory) }, () => {
    assert.ok(existsSync(join(directory, 'service.cache')), 'the build makes it');
    const answer = execFileSync(process.execPath, [...nodeFlags(stage), '-e', look, directory], { encoding: 'utf8' });
    assert.equal(answer.trim(), 'false', 'it is not rejected');
  });

  test(`bin/slipway starts the ${stage} with the flags that its code cache was made with`, (t) => {
    const path = mkdtempSync(join(tmpdir(), 'sw-flags-'));
    t.after(() => rmSync(path, { recursive: true }));
    writeFileSync(join(path, 'node'), '#!/bin/sh\necho $SLIPWAY_NOFILE "$@"\n');
    chmodSync(join(path, 'node'), 0o755);
    const env = { ...process.env, PATH: `${path}:${process.env['PATH']}` };
    const limited = ['-c', 'ulimit -Sn 700; exec "$@"', 'sh', command, stage];
    const [openFiles, ...words] = execFileSync('/bin/sh', limited, { encoding: 'utf8', env }).trim().split(' ');
    assert.equal(openFiles, '700', 'what Node is about to raise is kept');
    const entry = resolve(words.pop() ?? '');
    assert.deepEqual([...words, entry], [...nodeFlags(stage), entryOf(stage)]);
  });
}
