import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  bindMount,
  isMountpoint,
  listMounts,
  mount,
  mountsBelow,
  closeFd,
  parseMountinfo,
  setMountAttributes,
  unmount,
  unmountBelow,
} from '../src/index.js';
import { openTree } from '../src/mount/mount-attributes.js';
import { moveMount } from '../src/mount/fs-context.js';
import { cgroups } from '../src/kernel-features.js';
import { SyscallError } from '../src/errno.js';
import { needsRoot, temporaryDirectory } from './support.js';

const line = (target: string, type: string): string => `1 0 0:1 / ${target} rw - ${type} ${type} rw,pids`;
const mode = (...lines: string[]): string => cgroups(parseMountinfo(lines.join('\n'))).cgroupMode;

test('mountinfo: fields, optional fields and octal escapes', () => {
  const [first, second, ...rest] = parseMountinfo(
    [
      '36 35 98:0 /mnt1 /mnt\\0402/\\303\\244\\134x rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue',
      '37 36 0:3 / /proc rw - proc proc rw',
      'not a mount',
      '',
    ].join('\n'),
  );
  assert.deepEqual(first, {
    id: 36,
    parent: 35,
    device: '98:0',
    root: '/mnt1',
    target: '/mnt 2/ä\\x',
    options: ['rw', 'noatime'],
    propagation: ['shared:1', 'master:2'],
    fsType: 'ext3',
    source: '/dev/root',
    superOptions: ['rw', 'errors=continue'],
  });
  assert.equal(second?.target, '/proc');
  assert.deepEqual(second.propagation, []);
  assert.deepEqual(rest, []);
});

test('cgroup mode follows from the mount table', () => {
  const tmpfs = line('/sys/fs/cgroup', 'tmpfs');
  const pids = line('/sys/fs/cgroup/pids', 'cgroup');
  assert.equal(mode(line('/sys/fs/cgroup', 'cgroup2')), 'v2');
  assert.equal(mode(tmpfs, pids), 'v1');
  assert.equal(mode(tmpfs, pids, line('/sys/fs/cgroup/unified', 'cgroup2')), 'hybrid');
  assert.equal(mode(tmpfs), 'none');
});

test('mount, see and unmount, with a path that needs escapes', { skip: needsRoot }, (t) => {
  const target = join(temporaryDirectory(t), 'a b\\c\n#');
  mkdirSync(target);
  mount({ source: 'mine', target, type: 'tmpfs', flags: ['nosuid', 'nodev'], data: 'size=64k,mode=711' });
  assert.equal(isMountpoint(target), true);
  assert.equal(isMountpoint(`${target}/`), true);
  const found = listMounts().find((entry) => entry.target === target);
  assert.equal(found?.source, 'mine');
  assert.ok(found.options.includes('nosuid') && found.options.includes('nodev'));
  assert.equal(statSync(target).mode & 0o777, 0o711);
  assert.equal(unmount(target), true);
  assert.equal(isMountpoint(target), false);
  assert.equal(unmount(target, { missingOk: true }), false);
  assert.equal(unmount(`${target}/nothing`, { missingOk: true }), false);
  assert.throws(() => unmount(target), { name: 'SyscallError', code: 'EINVAL', syscall: 'umount', path: target });
});

test('an error names call, path and errno', { skip: needsRoot }, (t) => {
  const target = join(temporaryDirectory(t), 'missing');
  assert.throws(
    () => mount({ source: 'x', target, type: 'tmpfs' }),
    (error: unknown) => {
      assert.ok(error instanceof SyscallError);
      assert.equal(error.message, `mount ${target}: ENOENT (no such file or directory)`);
      assert.equal(error.errno, 2);
      return true;
    },
  );
});

test('unmount does not follow a symlink', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t);
  mkdirSync(join(dir, 'm'));
  mount({ source: 'none', target: join(dir, 'm'), type: 'tmpfs' });
  symlinkSync(join(dir, 'm'), join(dir, 'link'));
  assert.throws(() => unmount(join(dir, 'link')), { code: 'EINVAL' });
  assert.equal(isMountpoint(join(dir, 'm')), true);
});

test('a read-only bind keeps the flags of its source, and a recursive one takes submounts along', {
  skip: needsRoot,
}, (t) => {
  const dir = temporaryDirectory(t);
  for (const name of ['source', 'flat', 'deep']) mkdirSync(join(dir, name));
  mount({ source: 'none', target: join(dir, 'source'), type: 'tmpfs', flags: ['nosuid', 'noexec'] });
  mkdirSync(join(dir, 'source/sub'));
  mount({ source: 'none', target: join(dir, 'source/sub'), type: 'tmpfs' });
  writeFileSync(join(dir, 'source/sub/file'), 'x');

  bindMount(join(dir, 'source'), join(dir, 'flat'), { readonly: true, propagation: 'private' });
  assert.deepEqual(readdirSync(join(dir, 'flat/sub')), []);
  assert.throws(() => writeFileSync(join(dir, 'flat/new'), ''), { code: 'EROFS' });
  const flat = listMounts().find((entry) => entry.target === join(dir, 'flat'));
  assert.ok(flat?.options.includes('nosuid') && flat.options.includes('noexec'));
  writeFileSync(join(dir, 'source/still-writable'), '');

  bindMount(join(dir, 'source'), join(dir, 'deep'), { recursive: true, propagation: 'rslave' });
  assert.equal(readFileSync(join(dir, 'deep/sub/file'), 'utf8'), 'x');
  assert.deepEqual(
    mountsBelow(join(dir, 'deep')).map((entry) => entry.target),
    [join(dir, 'deep/sub'), join(dir, 'deep')],
  );

  setMountAttributes(join(dir, 'deep'), { set: ['ro'], recursive: true });
  assert.throws(() => writeFileSync(join(dir, 'deep/sub/new'), ''), { code: 'EROFS' });
  assert.equal(unmountBelow(join(dir, 'deep')), 2);
  assert.deepEqual(mountsBelow(join(dir, 'deep')), []);
});

test('a failed bind leaves no mount', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t);
  mkdirSync(join(dir, 'a'));
  mkdirSync(join(dir, 'b'));
  assert.throws(() => bindMount(join(dir, 'a'), join(dir, 'b'), { propagation: 'nonsense' as 'private' }));
  assert.deepEqual(mountsBelow(dir), []);
});

test('a shared mount shows its peer group', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t);
  mkdirSync(join(dir, 'm'));
  bindMount(join(dir, 'm'), join(dir, 'm'), { propagation: 'shared' });
  assert.match(listMounts().find((entry) => entry.target === join(dir, 'm'))?.propagation[0] ?? '', /^shared:\d+$/);
});

test('a tree is opened here and attached there', { skip: needsRoot }, (t) => {
  const dir = temporaryDirectory(t);
  mkdirSync(join(dir, 'from'));
  mkdirSync(join(dir, 'to'));
  writeFileSync(join(dir, 'from/file'), 'content');
  const tree = openTree(join(dir, 'from'));
  moveMount(tree, join(dir, 'to'));
  closeFd(tree);
  assert.equal(readFileSync(join(dir, 'to/file'), 'utf8'), 'content');
});
