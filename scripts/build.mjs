#!/usr/bin/env node
// Compiles everything (tsc -b), then bundles each service, the command line and the demo: one
// file to load starts twice as fast as two hundred, and takes less memory. Services also
// get what V8 has compiled of them. What is up to date is left alone.
//
//   node scripts/build.mjs
//   node scripts/build.mjs --keep-going   bundle also where something does not compile
//   node scripts/build.mjs --version 9.9.9   bundles that say so instead of the version in package.json: for tests of upgrades
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCodeCache } from './bundle/code-cache.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const words = process.argv.slice(2);
const version = words.includes('--version')
  ? words[words.indexOf('--version') + 1]
  : JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')).version;
const loader = join(top, 'scripts/bundle/service-loader.mjs');
const cacheWriter = join(top, 'scripts/bundle/code-cache.mjs');

/** Threads, whose texts are in the bundles that start them under these names: packages/linux/src/start-thread.ts. */
const threads = {
  SLIPWAY_NAMESPACE_THREAD: 'packages/linux/dist/src/namespace/namespace-worker.js',
  SLIPWAY_TREE_THREAD: 'packages/linux/dist/src/tree/tree-worker.js',
  SLIPWAY_FILTERED_SPAWN_THREAD: 'packages/linux/dist/src/process/filtered-spawn-worker.js',
  SLIPWAY_CNI_THREAD: 'packages/cni/dist/src/native/native-worker.js',
  SLIPWAY_UNPACK_THREAD: 'packages/layers/dist/src/unpack/unpack-worker.js',
};

function compile() {
  const tsc = spawnSync(process.execPath, [join(top, 'node_modules/typescript/bin/tsc'), '-b'], {
    cwd: top,
    stdio: 'inherit',
  });
  if (tsc.status !== 0 && !words.includes('--keep-going')) process.exit(tsc.status ?? 1);
}

/** Entries of the parts that are more than one program; the others have dist/src/main.js. */
const entries = { 'packages/testbed': 'dist/src/demo/main.js' };

/** @satisfies {import('esbuild').BuildOptions} */
const common = /** @type {const} */ ({
  absWorkingDir: top,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: /** @type {string[]} */ (['koffi']),
  // See packages/config/src/version.ts.
  define: { SLIPWAY_VERSION: JSON.stringify(version) },
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
  // CommonJS dependencies expect these.
  banner: {
    js: "import{createRequire as $require}from'node:module';import{fileURLToPath as $path}from'node:url';import{dirname as $dir}from'node:path';const require=$require(import.meta.url),__filename=$path(import.meta.url),__dirname=$dir(__filename);",
  },
});

/** A service only takes the code cache of its own Node: scripts/bundle/service-loader.mjs. */
const engine = `${process.version} ${process.arch}`;

/** @returns 'bundle' where an input or the version is another, 'cache' where only the code cache is another Node's, else undefined */
function staleness(record) {
  if (!existsSync(record)) return 'bundle';
  const { inputs, outputs, version: told, engine: made } = JSON.parse(readFileSync(record, 'utf8'));
  if (told !== version) return 'bundle';
  const built = statSync(record).mtimeMs;
  const self = fileURLToPath(import.meta.url);
  const whole =
    outputs.every((file) => existsSync(join(top, file))) &&
    [self, loader, cacheWriter, ...inputs.map((file) => join(top, file))].every(
      (file) => existsSync(file) && statSync(file).mtimeMs <= built,
    );
  if (!whole) return 'bundle';
  return made === undefined || made === engine ? undefined : 'cache';
}

/** dist/main.mjs and chunks for what is imported later, which lie beside it: import.meta.url means the same in each. */
const commandLine = (directory, dist) => ({
  ...common,
  entryPoints: [{ in: join(directory, entries[directory] ?? 'dist/src/main.js'), out: 'main' }],
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  splitting: true,
  chunkNames: 'chunk-[hash]',
});

/** dist/service.cjs: one script, for which V8 can keep what it has compiled. dist/main.mjs starts it. */
const service = (dist) => ({
  ...common,
  format: /** @type {const} */ ('cjs'),
  // Modules are strict, and import.meta is theirs alone.
  banner: {
    js: "(function(exports,require,module,__filename,__dirname){'use strict';const $url=require('node:url').pathToFileURL(__filename).href;",
  },
  footer: { js: '})' },
  define: { ...common.define, 'import.meta.url': '$url' },
  entryPoints: [join(dist, 'src/main.js')],
  outfile: join(dist, 'service.cjs'),
});

/** The text of each thread, as a constant for bundles, and the files that they are made of. */
async function bundleThreads() {
  const { build } = await import('esbuild');
  const define = {};
  const inputs = [];
  for (const [name, entry] of Object.entries(threads)) {
    const { metafile, outputFiles } = await build({
      ...common,
      format: 'cjs',
      banner: { js: "'use strict';" },
      define: { ...common.define, 'import.meta.url': '$url' },
      entryPoints: [entry],
      sourcemap: false,
      write: false,
    });
    define[name] = JSON.stringify(outputFiles[0].text);
    inputs.push(...Object.keys(metafile.inputs));
  }
  return { define, inputs };
}
let bundledThreads;

/** Bundles what the part's entry needs, so that <directory>/dist/main.mjs can be run. */
async function bundle(directory) {
  const dist = join(directory, 'dist');
  const record = join(top, dist, 'bundle.json');
  const stale = staleness(record);
  if (stale === undefined) return;
  if (stale === 'cache') {
    writeCodeCache(join(top, dist));
    writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, 'utf8')), engine }));
    console.log(`build: wrote the code cache of ${directory} for Node ${process.version}`);
    return;
  }
  const { build } = await import('esbuild');
  const previous = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')).outputs : [];
  const isService = directory.startsWith('services/');
  const { define, inputs: ofThreads } = await (bundledThreads ??= bundleThreads());
  const options = isService ? service(dist) : commandLine(directory, dist);
  const { metafile } = await build({ ...options, metafile: true, define: { ...options.define, ...define } });
  const inputs = Object.keys(metafile.inputs);
  if (inputs.some((file) => file.startsWith('packages/linux/'))) linkKoffi(join(top, dist));
  const outputs = Object.keys(metafile.outputs);
  if (isService) outputs.push(join(dist, 'main.mjs'), join(dist, 'node-flags'), join(dist, 'service.cache'));
  const all = new Set([...inputs, ...ofThreads]);
  for (const file of previous) if (!outputs.includes(file)) rmSync(join(top, file), { force: true });
  if (isService) {
    copyFileSync(loader, join(top, dist, 'main.mjs'));
    const { nodeFlags } = await import('../packages/stages/dist/src/index.js');
    const program = /** @type {import('../packages/stages/dist/src/index.js').Program} */ (basename(directory));
    writeFileSync(join(top, dist, 'node-flags'), `${nodeFlags(program).join(' ')}\n`);
    writeCodeCache(join(top, dist));
  }
  writeFileSync(record, JSON.stringify({ version, inputs: [...all], outputs, ...(isService ? { engine } : {}) }));
  console.log(`build: bundled ${directory}`);
}

/** koffi has a native part and stays outside; node looks for it beside the bundle. */
function linkKoffi(dist) {
  const link = join(dist, 'node_modules', 'koffi');
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), join(top, 'packages/linux/node_modules/koffi')), link);
}

compile();
const directories = [
  'packages/cli',
  'packages/testbed',
  ...readdirSync(join(top, 'services')).map((name) => join('services', name)),
];
for (const directory of directories) {
  if (existsSync(join(top, directory, entries[directory] ?? 'dist/src/main.js'))) await bundle(directory);
}
