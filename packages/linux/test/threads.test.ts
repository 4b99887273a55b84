import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
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

test('a service bundled into one file finds its namespace worker beside it', { skip: needsRoot }, async (t) => {
  // Within the package, so that the bundle resolves koffi as an installed service does.
  const dir = mkdtempSync(fileURLToPath(new URL('../bundle-test-', import.meta.url)));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const main = join(dir, 'source.mjs');
  writeFileSync(
    main,
    `import { NamespaceThread } from ${JSON.stringify(entry)};
     const namespaces = new NamespaceThread();
     console.log(await namespaces.readSysctl({}, 'kernel.ostype'));
     await namespaces.close();`,
  );
  await build({
    entryPoints: { main, 'namespace-worker': join(entry, '../namespace-worker.js') },
    outdir: dir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['koffi'],
  });
  rmSync(main);
  assert.equal(execFileSync(process.execPath, [join(dir, 'main.js')], { encoding: 'utf8' }), 'Linux\n');
});
