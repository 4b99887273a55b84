import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@slipway/telemetry';
import { readUpState, StateFile, type UpState } from '../src/supervisor/state-file.js';

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
      ready: true,
      processes: [],
    });
    const file = new StateFile(directory, log, 50);
    file.write(content(1));
    assert.equal(readUpState(directory)?.pid, 1);
    const filler = join(directory, 'filler');
    assert.throws(() => writeFileSync(filler, Buffer.alloc(1 << 20)), { code: 'ENOSPC' });
    for (const pid of [2, 3]) file.write(content(pid));
    await sleep(120);
    assert.equal(readUpState(directory)?.pid, 1);
    assert.equal(lines.filter((line) => line.includes('cannot be written')).length, 1);
    rmSync(filler);
    for (let tries = 0; tries < 100 && readUpState(directory)?.pid !== 3; tries++) await sleep(20);
    assert.equal(readUpState(directory)?.pid, 3);
    file.remove();
    assert.deepEqual(readdirSync(directory), []);
  });
});
