import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build, type BuildOptions } from 'esbuild';
import { needsRoot, temporaryDirectory } from './support.js';

const entry = fileURLToPath(new URL('../src/index.js', import.meta.url));

test('several worker threads mount, spawn and reap at the same time', { skip: needsRoot }, async (t) => {
  const outcomes = await Promise.all(
    [1, 2, 3].map(async () => {
      const worker = new Worker(new URL('./worker-body.js', import.meta.url), {
        workerData: { dir: temporaryDirectory(t) },
      });
      // It may end in the same turn in which its message arrives.
      const exited = once(worker, 'exit');
      const [outcome] = (await once(worker, 'message')) as unknown[];
      await exited;
      return outcome;
    }),
  );
  assert.deepEqual(
    outcomes,
    Array.from({ length: 3 }, () => ({ content: 'content', code: 3 })),
  );
});

test('importing the package does not load koffi', () => {
  const script = `await import(${JSON.stringify(entry)}); process.stdout.write((await import('node:fs')).readFileSync('/proc/self/maps', 'utf8'))`;
  const maps = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(maps, /libc\.so/);
  assert.doesNotMatch(maps, /koffi/);
});

test('a program whose files are replaced while it runs starts the threads of its own version', {
  skip: needsRoot,
}, async (t) => {
  // Within the package, so that the bundle resolves koffi as an installed service does.
  const dir = mkdtempSync(fileURLToPath(new URL('../bundle-test-', import.meta.url)));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const common = { bundle: true, platform: 'node', external: ['koffi'] } satisfies BuildOptions;
  const thread = async (name: string): Promise<string> => {
    const { outputFiles } = await build({
      ...common,
      entryPoints: [join(entry, '..', name)],
      format: 'cjs',
      write: false,
      define: { 'import.meta.url': '$url' },
    });
    return JSON.stringify(outputFiles[0]?.text);
  };
  const source = join(dir, 'source.mjs');
  const main = join(dir, 'main.mjs');
  writeFileSync(
    source,
    `import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
     import { measureTree, NamespaceThread } from ${JSON.stringify(entry)};
     const tree = process.argv[2];
     rmSync(${JSON.stringify(main)});
     mkdirSync(tree);
     for (let at = 0; at < 400; at++) writeFileSync(tree + '/' + at, '');
     const namespaces = new NamespaceThread();
     console.log(await namespaces.readSysctl({}, 'kernel.ostype'), (await measureTree(tree)).inodes);
     await namespaces.close();`,
  );
  const define = {
    SLIPWAY_NAMESPACE_THREAD: await thread('namespace/namespace-worker.js'),
    SLIPWAY_TREE_THREAD: await thread('tree/tree-worker.js'),
  };
  await build({ ...common, entryPoints: [source], outfile: main, format: 'esm', define });
  rmSync(source);
  const out = execFileSync(process.execPath, [main, join(dir, 'tree')], { encoding: 'utf8' });
  assert.equal(out, 'Linux 401\n');
});
