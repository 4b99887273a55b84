import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { entryOf, nodeFlags, type Stage } from '../src/index.js';

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
    const answer = execFileSync(process.execPath, [...nodeFlags, '-e', look, directory], { encoding: 'utf8' });
    assert.equal(answer.trim(), 'false', 'it is not rejected');
  });
}
