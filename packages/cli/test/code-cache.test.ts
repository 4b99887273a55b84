import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeFlags, programs } from '@slipway/stages';
import { entryOf } from '@slipway/supervisor';

const command = fileURLToPath(new URL('../../bin/slipway', import.meta.url));
const loader = fileURLToPath(new URL('../../../../scripts/bundle/service-loader.mjs', import.meta.url));
// The first line of a cache is the node that made it.
const look = `
const { Script } = require('node:vm'), { readFileSync } = require('node:fs'), filename = process.argv[1] + '/service.cjs';
const cache = readFileSync(process.argv[1] + '/service.cache');
const script = new Script(readFileSync(filename, 'latin1'), {
  filename,
  cachedData: cache.subarray(cache.indexOf(10) + 1),
  importModuleDynamically: (name) => import(name),
});
console.log(script.cachedDataRejected);
`;

for (const { name: stage } of programs) {
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

test('V8 gets a code cache of the node that runs and of no other one', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sw-cache-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const main = join(directory, 'main.mjs');
  const cache = join(directory, 'service.cache');
  copyFileSync(loader, main);
  /** The output of a service whose source prints `word`. V8 accepts a cache for any source of the same length. */
  const run = (word: string, writeTo?: string): string => {
    writeFileSync(join(directory, 'service.cjs'), `(function(){console.log(${JSON.stringify(word)})})`);
    const env = { ...process.env, ...(writeTo && { SLIPWAY_WRITE_CODE_CACHE: writeTo }) };
    return execFileSync(process.execPath, [main], { encoding: 'utf8', env }).trim();
  };
  assert.equal(run('cached', cache), 'cached');
  assert.equal(run('source'), 'cached', 'its own cache is used');
  const own = readFileSync(cache);
  writeFileSync(
    cache,
    Buffer.from(own.toString('latin1').replace(`"node":"${process.versions.node}"`, '"node":"20.0.0"'), 'latin1'),
  );
  assert.equal(run('source'), 'source', 'that of another node is not');
  writeFileSync(cache, own.subarray(0, 100));
  assert.equal(run('source'), 'source', 'nor one that is cut');
});
