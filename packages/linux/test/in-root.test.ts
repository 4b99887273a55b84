import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { followInRoot, mkdirAllInRoot, resolveInRoot } from '../src/index.js';
import { openInRoot, readFileInRoot } from '../src/file/in-root.js';
import { needsRoot, temporaryDirectory } from './support.js';

/** A root file system whose links try to get out, beside a file that must not be reached. */
function hostileRoot(t: TestContext): string {
  const dir = temporaryDirectory(t);
  const root = join(dir, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(dir, 'secret'), 'outside');
  writeFileSync(join(root, 'etc/passwd'), 'inside');
  symlinkSync('/etc/passwd', join(root, 'absolute'));
  symlinkSync('../../../../../../../../secret', join(root, 'relative'));
  symlinkSync('../../../../etc', join(root, 'up'));
  symlinkSync('loop', join(root, 'loop'));
  return root;
}

test('links and dots stay within the root', (t) => {
  const root = hostileRoot(t);
  assert.equal(readFileInRoot(root, 'absolute').toString(), 'inside');
  assert.equal(readFileInRoot(root, '/up/passwd').toString(), 'inside');
  assert.equal(readFileInRoot(root, '../../etc/passwd').toString(), 'inside');
  assert.throws(() => readFileInRoot(root, 'relative'), { code: 'ENOENT' });
  assert.throws(() => readFileInRoot(root, '../secret'), { code: 'ENOENT' });
  assert.throws(() => readFileInRoot(root, 'loop'), { code: 'ELOOP' });
  assert.equal(resolveInRoot(root, 'up/passwd'), '/etc/passwd');
  assert.equal(resolveInRoot(root, '/'), '/');
});

test('beneath refuses what would leave; noSymlinks refuses links', (t) => {
  const root = hostileRoot(t);
  for (const path of ['absolute', 'relative', '../secret', '/etc/passwd']) {
    assert.throws(() => openInRoot(root, path, { resolve: 'beneath' }), { code: 'EXDEV' });
  }
  assert.throws(() => openInRoot(root, 'up/passwd', { noSymlinks: true }), { code: 'ELOOP' });
  const dir = openInRoot(root, 'etc', { resolve: 'beneath' });
  try {
    assert.equal(readFileInRoot(dir, 'passwd').toString(), 'inside');
  } finally {
    closeSync(dir);
  }
});

test('only regular files up to the limit are read; a FIFO does not block', (t) => {
  const root = hostileRoot(t);
  execFileSync('mkfifo', [join(root, 'fifo')]);
  assert.throws(() => readFileInRoot(root, 'fifo'), { code: 'EINVAL' });
  assert.throws(() => readFileInRoot(root, 'etc'), { code: 'EINVAL' });
  writeFileSync(join(root, 'big'), Buffer.alloc(100_000, 'x'));
  assert.equal(readFileInRoot(root, 'big', { maxBytes: 100_000 }).length, 100_000);
  assert.throws(() => readFileInRoot(root, 'big', { maxBytes: 99_999 }), { code: 'EFBIG' });
  assert.equal(readFileInRoot('/proc', 'self/comm').toString(), readFileSync('/proc/self/comm', 'utf8'));
});

test('directories are made through links, within the root, with owner and mode', { skip: needsRoot }, (t) => {
  const root = hostileRoot(t);
  symlinkSync('/run/deep', join(root, 'dangling'));
  symlinkSync('../../../../out', join(root, 'escape'));
  const mask = process.umask(0o077);
  try {
    assert.equal(mkdirAllInRoot(root, '/dangling/./a/../b', { mode: 0o1777, uid: 5, gid: 6 }), '/run/deep/b');
  } finally {
    process.umask(mask);
  }
  const made = statSync(join(root, 'run/deep/b'));
  assert.deepEqual([made.mode & 0o7777, made.uid, made.gid], [0o1777, 5, 6]);
  assert.equal(mkdirAllInRoot(root, 'escape/x'), '/out/x');
  assert.ok(existsSync(join(root, 'out/x')));
  assert.deepEqual(readdirSync(join(root, '..')).toSorted(), ['root', 'secret']);

  const before = statSync(join(root, 'etc'));
  assert.equal(mkdirAllInRoot(root, 'up', { mode: 0o700, uid: 9 }), '/etc');
  assert.deepEqual([statSync(join(root, 'etc')).mode, statSync(join(root, 'etc')).uid], [before.mode, before.uid]);
  assert.throws(() => mkdirAllInRoot(root, 'etc/passwd/x'), { code: 'ENOTDIR' });
  assert.throws(() => mkdirAllInRoot(root, 'loop/x'), { code: 'ELOOP' });
});

test('following says where a path leads, also where nothing is', (t) => {
  const root = hostileRoot(t);
  symlinkSync('/dev/zero', join(root, 'etc/device'));
  symlinkSync('../up/device', join(root, 'etc/twice'));
  assert.deepEqual(followInRoot(root, 'up/passwd'), { path: '/etc/passwd', type: 'file' });
  assert.deepEqual(followInRoot(root, '/etc/twice'), { path: '/dev/zero', type: undefined });
  assert.deepEqual(followInRoot(root, 'relative'), { path: '/secret', type: undefined });
  assert.deepEqual(followInRoot(root, 'etc/passwd/none'), { path: '/etc/passwd/none', type: undefined });
  assert.deepEqual(followInRoot(root, '../..'), { path: '/', type: 'directory' });
  assert.throws(() => followInRoot(root, 'loop'), { code: 'ELOOP' });
});
