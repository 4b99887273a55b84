import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { bindMount, measureTree, removeTree, removeTreeSync, unmount } from '../src/index.js';
import { measureSteps } from '../src/tree/measure-tree.js';
import { removalSteps } from '../src/tree/remove-tree.js';
import { needsRoot, temporaryDirectory } from './support.js';

/** Nested directories, each with a file, made as a container would make them: one at a time, each within the last. */
function nest(top: string, depth: number, name: string): void {
  const program = `
    import os, sys
    os.chdir(sys.argv[1])
    for _ in range(int(sys.argv[2])):
        os.mkdir(sys.argv[3]); os.chdir(sys.argv[3])
        open('file', 'w').write('x')`;
  execFileSync('python3', ['-c', program.replaceAll('\n    ', '\n'), top, String(depth), name]);
}

/** The figures of `du` for a tree. It goes by descriptors too, and knows no limit of a path. */
function du(path: string): { bytes: number; inodes: number } {
  const run = (flag: string): number => Number.parseInt(execFileSync('du', [flag, '-s', path], { encoding: 'utf8' }));
  return { bytes: run('-B512') * 512, inodes: run('--inodes') };
}

function finish<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;

/** A tree beside a directory that nobody may touch. */
function scene(t: TestContext): { tree: string; host: string; assertHost: () => void } {
  const dir = temporaryDirectory(t);
  const [tree, host] = [join(dir, 'tree'), join(dir, 'host')];
  mkdirSync(tree);
  mkdirSync(join(host, 'a/b'), { recursive: true });
  for (const file of ['1', 'a/2', 'a/b/3']) writeFileSync(join(host, file), file);
  return {
    tree,
    host,
    assertHost: () => {
      for (const file of ['1', 'a/2', 'a/b/3']) assert.equal(readFileSync(join(host, file), 'utf8'), file);
    },
  };
}

test('a tree goes that has longer paths than a path may be', { skip: needsRoot }, async (t) => {
  const { tree } = scene(t);
  nest(tree, 40, 'n'.repeat(200));
  await removeTree(tree);
  assert.equal(existsSync(tree), false);
});

test('a tree of any depth is measured and removed with a bounded number of descriptors', { skip: needsRoot }, (t) => {
  const { tree } = scene(t);
  nest(tree, 1200, 'deep');
  const expected = du(tree);
  const before = openFiles();
  let most = 0;
  let count = 0;
  const watched = <T>(steps: Generator<undefined, T>): T => {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (count++ % 200 === 0) most = Math.max(most, openFiles());
    }
  };
  assert.deepEqual(watched(measureSteps(tree)), expected);
  assert.ok(most > before && most < before + 150, `${most - before} descriptors for a measurement`);
  // The remembered links have a bound too.
  assert.deepEqual(watched(measureSteps(tree, { maxHeld: 3, maxRemembered: 100 })), expected);
  most = 0;
  watched(removalSteps(tree));
  assert.ok(most > before && most < before + 40, `${most - before} descriptors for a removal`);
  assert.equal(existsSync(tree), false);
  assert.equal(openFiles(), before);
});

test('names that are not UTF-8 are measured and removed', { skip: needsRoot }, async (t) => {
  const { tree } = scene(t);
  const name = Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0x66, 0xff, 0xfe, 0x0a])]);
  mkdirSync(name);
  writeFileSync(Buffer.concat([name, Buffer.from([0x2f, 0xc3, 0x28])]), Buffer.alloc(300_000));
  const { workedMs, ...usage } = await measureTree(tree);
  assert.deepEqual(usage, du(tree));
  assert.ok(usage.bytes >= 300_000 && workedMs >= 0);
  await removeTree(tree);
  assert.equal(existsSync(tree), false);
});

test('hard links are counted once, and links to elsewhere only for themselves', { skip: needsRoot }, async (t) => {
  const { tree, host } = scene(t);
  writeFileSync(join(tree, 'one'), Buffer.alloc(100_000));
  linkSync(join(tree, 'one'), join(tree, 'two'));
  symlinkSync(host, join(tree, 'out'));
  const { workedMs: _, ...usage } = await measureTree(tree);
  assert.deepEqual(usage, du(tree));
  assert.equal(usage.inodes, 3);
  assert.deepEqual(finish(measureSteps(join(tree, 'nothing'))), { bytes: 0, inodes: 0 });
});

test('a removal stays within the tree while directories are swapped for links', { skip: needsRoot }, async (t) => {
  for (let round = 0; round < 2; round++) {
    const { tree, assertHost, host } = scene(t);
    // As a container does that holds a directory of another one's root file system: swaps as fast as it can.
    const swapper = execSwapper(t, tree, host);
    await swapper.ready;
    while (existsSync(tree)) {
      // It may find what was put there behind its back; the next one goes on.
      await removeTree(tree).catch(() => undefined);
      if (!swapper.running()) removeTreeSync(tree);
    }
    swapper.stop();
    assertHost();
  }
});

/** A process that swaps `tree/victim/*` for links to `host` and back. */
function execSwapper(
  t: TestContext,
  tree: string,
  host: string,
): { ready: Promise<void>; running(): boolean; stop(): void } {
  const victim = join(tree, 'victim');
  // The names are those of the host's files: whoever read them here and removes them by path removes those there.
  for (let i = 0; i < 40; i++) {
    mkdirSync(join(victim, `d${i}`, 'a/b'), { recursive: true });
    for (const file of ['1', 'a/2', 'a/b/3']) writeFileSync(join(victim, `d${i}`, file), '');
  }
  const program = [
    'import ctypes, os, sys, time',
    'victim, host = sys.argv[1:]',
    'libc = ctypes.CDLL(None)',
    'fd = os.open(victim, os.O_DIRECTORY)',
    'for i in range(40): os.symlink(host, f"link{i}", dir_fd=fd)',
    'names = [(f"d{i}".encode(), f"link{i}".encode()) for i in range(40)]',
    'print("ready", flush=True)',
    'end = time.time() + 0.5',
    'while time.time() < end:',
    // RENAME_EXCHANGE
    '    for a, b in names: libc.renameat2(fd, a, fd, b, 2)',
  ].join('\n');
  const child = spawn('python3', ['-c', program, victim, host], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  return {
    ready: once(child.stdout, 'data').then(() => undefined),
    running: () => child.exitCode === null && child.signalCode === null,
    stop: () => child.kill('SIGKILL'),
  };
}

test('a directory that is moved out while it is emptied leads to nothing outside', { skip: needsRoot }, (t) => {
  const { tree, host, assertHost } = scene(t);
  nest(tree, 60, 'd');
  const steps = removalSteps(tree);
  // Deep inside by now: each directory holds a file and a directory.
  for (let i = 0; i < 30; i++) assert.equal(steps.next().done, false);
  renameSync(join(tree, 'd/d/d'), join(host, 'moved'));
  finish(steps);
  assert.equal(existsSync(tree), false);
  assertHost();
  assert.deepEqual(readdirSync(host).toSorted(), ['1', 'a', 'moved']);
});

test('a measurement counts nothing outside and goes on when directories move', { skip: needsRoot }, (t) => {
  const { tree, host } = scene(t);
  nest(tree, 60, 'd');
  mkdirSync(join(tree, 'rest'));
  for (let i = 0; i < 200; i++) writeFileSync(join(host, `f${i}`), 'x');
  for (let i = 0; i < 50; i++) writeFileSync(join(tree, `rest/f${i}`), 'x');
  const steps = measureSteps(tree, { maxHeld: 4 });
  for (let i = 0; i < 60; i++) assert.equal(steps.next().done, false);
  renameSync(join(tree, 'd/d/d'), join(host, 'moved'));
  const { inodes } = finish(steps);
  // 60 directories with a file each, 51 in `rest`, and the top; not the 200 beside the new place.
  assert.ok(inodes >= 60 && inodes <= 60 * 2 + 51 + 1, String(inodes));
});

test('mounts in a tree are reported and kept; all else goes', { skip: needsRoot }, async (t) => {
  const { tree, host, assertHost } = scene(t);
  mkdirSync(join(tree, 'x/mounted'), { recursive: true });
  mkdirSync(join(tree, 'y'));
  writeFileSync(join(tree, 'x/file'), '');
  writeFileSync(join(tree, 'mounted-file'), '');
  bindMount(host, join(tree, 'x/mounted'));
  bindMount(join(host, '1'), join(tree, 'mounted-file'));
  const { workedMs: _, ...usage } = await measureTree(tree);
  assert.equal(usage.inodes, 6);
  await assert.rejects(removeTree(tree), (error: Error) => {
    assert.match(error.message, /something is mounted at mounted/);
    return true;
  });
  assertHost();
  assert.deepEqual([readdirSync(tree).toSorted(), readdirSync(join(tree, 'x'))], [['mounted-file', 'x'], ['mounted']]);
  unmount(join(tree, 'x/mounted'));
  unmount(join(tree, 'mounted-file'));
  await removeTree(tree);
  assert.equal(existsSync(tree), false);
  assertHost();
});

test('what cannot be changed is removed', { skip: needsRoot }, async (t) => {
  const { tree } = scene(t);
  mkdirSync(join(tree, 'locked/inner'), { recursive: true, mode: 0 });
  for (const file of ['file', 'locked/file', 'locked/inner/file']) writeFileSync(join(tree, file), 'x');
  const locked = ['locked/inner/file', 'locked/inner', 'locked', 'file'].map((name) => join(tree, name));
  try {
    execFileSync('chattr', ['+i', ...locked], { stdio: 'pipe' });
  } catch (error) {
    return t.skip(`chattr: ${(error as { stderr: Buffer }).stderr.toString().trim()}`);
  }
  await removeTree(tree);
  assert.equal(existsSync(tree), false);
});

test('FIFOs, devices, sockets and links are removed without being opened', { skip: needsRoot }, async (t) => {
  const { tree, host, assertHost } = scene(t);
  execFileSync('mkfifo', [join(tree, 'fifo')]);
  execFileSync('mknod', [join(tree, 'device'), 'c', '1', '3']);
  symlinkSync(host, join(tree, 'link'));
  await removeTree(join(tree, 'link'));
  assert.equal(lstatSync(join(tree, 'link'), { throwIfNoEntry: false }), undefined);
  await removeTree(tree);
  await removeTree(tree);
  await removeTree(join(tree, 'no/parent'));
  assertHost();
});

test('the event loop goes on while a large tree is removed, and an abort ends it', { skip: needsRoot }, async (t) => {
  const { tree } = scene(t);
  const program = 'import os,sys\nos.chdir(sys.argv[1])\nfor i in range(10000): open(str(i),"w").close()';
  execFileSync('python3', ['-c', program, tree]);
  const controller = new AbortController();
  let turns = 0;
  const aborted = removeTree(tree, { signal: controller.signal }).then(
    () => 'done',
    () => 'aborted',
  );
  while (turns < 3) {
    await nextTurn();
    turns++;
  }
  controller.abort();
  assert.equal(await aborted, 'aborted');
  assert.ok(readdirSync(tree).length > 0);
  // Nobody but root gets in from the first moment.
  assert.equal(lstatSync(tree).mode & 0o777, 0o700);
  let finished = false;
  const removed = removeTree(tree).then(() => {
    finished = true;
  });
  for (turns = 0; !finished; turns++) await nextTurn();
  await removed;
  assert.ok(turns > 1);
  assert.equal(existsSync(tree), false);
});
