import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, lstatSync, openSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { getXattr, listXattr, makedev, mknod, setXattr } from '../src/index.js';
import { syncfs, utimens } from '../src/file/files.js';
import { getWindowSize, setProcessWindowSize } from '../src/terminal/tty.js';
import { removeXattr } from '../src/file/xattrs.js';
import { needsRoot, temporaryDirectory } from './support.js';

test('binary attributes by path, by descriptor and of a symlink itself', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t);
  const file = join(dir, 'file');
  const link = join(dir, 'link');
  writeFileSync(file, '');
  symlinkSync('file', link);
  // vfs_cap_data, revision 2: cap_net_raw=ep. Not UTF-8 and full of zero bytes.
  const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
  setXattr(file, 'security.capability', capability);
  assert.deepEqual(getXattr(file, 'security.capability'), capability);
  assert.deepEqual(getXattr(link, 'security.capability'), capability);
  assert.equal(getXattr(link, 'security.capability', { nofollow: true }), undefined);
  setXattr(link, 'trusted.of-link', Buffer.of(0xff, 0), { nofollow: true });
  assert.deepEqual(listXattr(link, { nofollow: true }), ['trusted.of-link']);
  assert.deepEqual(getXattr(link, 'trusted.of-link', { nofollow: true }), Buffer.of(0xff, 0));

  const fd = openSync(file, 'r+');
  try {
    setXattr(fd, 'user.empty', '');
    assert.deepEqual(getXattr(fd, 'user.empty'), Buffer.alloc(0));
    assert.deepEqual(listXattr(fd).toSorted(), ['security.capability', 'user.empty']);
    assert.equal(removeXattr(fd, 'user.empty'), true);
  } finally {
    closeSync(fd);
  }
  assert.equal(removeXattr(file, 'user.empty'), false);
  assert.throws(() => setXattr(join(dir, 'missing'), 'user.a', 'b'), { code: 'ENOENT', syscall: 'setxattr user.a' });
  assert.throws(() => getXattr(`${file}\0x`, 'user.a'), { code: 'EINVAL' });
});

test('names that are not UTF-8', { skip: needsRoot }, (t) => {
  const name = Buffer.concat([Buffer.from(`${temporaryDirectory(t)}/`), Buffer.of(0xff, 0xfe)]);
  writeFileSync(name, '');
  setXattr(name, 'user.a', 'b');
  assert.equal(getXattr(name, 'user.a')?.toString(), 'b');
});

test('devices of large numbers, and FIFOs', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t);
  mknod(join(dir, 'null'), 0o020666, makedev(1, 3));
  assert.equal(readFileSync(join(dir, 'null')).length, 0);
  assert.equal(makedev(4095, 1_048_575), 0xffffffffn);
  mknod(join(dir, 'large'), 0o060600, makedev(4095, 1_048_575));
  assert.equal(statSync(join(dir, 'large'), { bigint: true }).rdev, 0xffffffffn);
  assert.equal(statSync(join(dir, 'large')).isBlockDevice(), true);
  mknod(join(dir, 'fifo'), 0o010600);
  assert.equal(statSync(join(dir, 'fifo')).isFIFO(), true);
});

test('times to the nanosecond, before the epoch, of a symlink, one of two', (t) => {
  const dir = temporaryDirectory(t);
  const file = join(dir, 'file');
  const link = join(dir, 'link');
  writeFileSync(file, '');
  symlinkSync('file', link);
  utimens(file, { atimeNs: -1_500_000_001n, mtimeNs: 1_700_000_000_123_456_789n });
  utimens(link, { mtimeNs: 5n }, { nofollow: true });
  utimens(file, { atimeNs: 7n });
  const times = statSync(file, { bigint: true });
  assert.deepEqual([times.atimeNs, times.mtimeNs], [7n, 1_700_000_000_123_456_789n]);
  assert.equal(lstatSync(link, { bigint: true }).mtimeNs, 5n);
  utimens(file, { mtimeNs: -1_500_000_001n });
  assert.equal(statSync(file, { bigint: true }).mtimeNs, -1_500_000_001n);
  syncfs(dir);
});

test("the size of another process's terminal", async (t) => {
  // script(1) gives its command a terminal.
  const child = spawn('script', ['-qec', 'echo pid $$; exec sleep 60', '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  let text = '';
  while (!/pid \d+\s/.test(text)) text += String((await once(child.stdout, 'data'))[0]);
  const pid = Number(/pid (\d+)/.exec(text)?.[1]);
  t.after(async () => {
    process.kill(pid, 'SIGKILL');
    await exited;
  });
  setProcessWindowSize(pid, { rows: 44, columns: 133 });
  const fd = openSync(`/proc/${pid}/fd/0`, 'r');
  try {
    assert.deepEqual(getWindowSize(fd), { rows: 44, columns: 133 });
  } finally {
    closeSync(fd);
  }
  assert.throws(() => getWindowSize(openSync('/dev/null', 'r')), { code: 'ENOTTY' });
});
