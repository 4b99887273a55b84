import assert from 'node:assert/strict';
import { chmodSync, linkSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { processRights } from '@slipway/capabilities';
import { createLogger } from '@slipway/telemetry';
import { giveDirectory, serverUser } from '../src/server-user.js';

const log = createLogger({ stage: 'up', destination: { write: () => undefined } });
const skip = process.getuid?.() === 0 ? false : 'needs root';
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-user-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const owner = (path: string): string => {
  const { uid, gid } = lstatSync(path);
  return `${uid}:${gid}`;
};

test('files of a server that root ran are given to its user, what else has their names is not', { skip }, () => {
  const own = join(directory, 'redis');
  mkdirSync(join(own, 'appendonlydir'), { recursive: true });
  for (const name of ['host', 'redis/probe', 'redis/appendonlydir/base']) writeFileSync(join(directory, name), 'x');
  symlinkSync('../host', join(own, 'symlink'));
  linkSync(join(directory, 'host'), join(own, 'link'));
  const ids = { uid: 60_991, gid: 60_991 };
  giveDirectory(own, ids, 0o700);
  for (const name of ['', 'probe', 'appendonlydir', 'appendonlydir/base'])
    assert.equal(owner(join(own, name)), '60991:60991', name);
  for (const name of ['host', 'redis/symlink', 'redis/link']) assert.equal(owner(join(directory, name)), '0:0', name);
  // And back, as for an older version, or where the directory above is closed.
  giveDirectory(own, { uid: 0, gid: 0 }, 0o700);
  assert.equal(owner(join(own, 'appendonlydir/base')), '0:0');
});

test('a server has its own user where directories let it in, and is root without capabilities where not', {
  skip,
}, () => {
  const state = join(directory, 'state');
  mkdirSync(state);
  const rights = processRights.redis;
  assert.deepEqual(serverUser(rights, [state], log).rights.user, undefined);
  assert.deepEqual(serverUser(rights, [state], log).rights.capabilities, ['CAP_DAC_READ_SEARCH']);
  chmodSync(directory, 0o711);
  const { uid, rights: given } = serverUser(rights, [state], log);
  assert.notEqual(uid, 0);
  assert.equal(given, rights);
});
