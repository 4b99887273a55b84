import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@slipway/telemetry';
import { readUpState, StateFile, type UpState } from '../src/state-file.js';

const cannotMount = process.getuid?.() === 0 ? false : 'needs root: a file system of its own';

describe('the state file on a file system that is full', { skip: cannotMount, timeout: 30_000 }, () => {
  let directory: string;
  const lines: string[] = [];
  const log = createLogger({
    stage: 'supervisor',
    destination: new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) }),
  });
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'slipway-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]);
  });
  after(() => {
    execFileSync('umount', [directory]);
    rmSync(directory, { recursive: true });
  });

  test('is written when there is room again, with the newest state, and its supervisor lives on', async () => {
    const content = (pid: number): UpState => ({
      pid,
      node: 'n',
      socket: '',
      nats: '',
      redis: '',
      version: '1.0.0',
      ready: true,
      processes: [],
    });
    const file = new StateFile(directory, log, 50);
    const filler = join(directory, 'filler');
    const fill = (): void => assert.throws(() => writeFileSync(filler, Buffer.alloc(1 << 20)), { code: 'ENOSPC' });
    fill();
    for (const pid of [1, 2]) file.write(content(pid));
    await sleep(120);
    assert.equal(readUpState(directory), undefined);
    assert.equal(lines.filter((line) => line.includes('cannot be written')).length, 1);
    rmSync(filler);
    for (let tries = 0; tries < 100 && readUpState(directory)?.pid !== 2; tries++) await sleep(20);
    assert.equal(readUpState(directory)?.pid, 2);
    // An existing file is written over.
    fill();
    file.write({ ...content(3), node: 'another' });
    assert.deepEqual(readUpState(directory), { ...content(3), node: 'another' });
    file.write(content(4));
    assert.deepEqual(readUpState(directory), content(4));
    file.remove();
    rmSync(filler);
    assert.deepEqual(readdirSync(directory), []);
  });
});
