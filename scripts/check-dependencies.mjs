#!/usr/bin/env node
// Holds the rules of the tree (docs/architecture.md): who may import whom, what is declared and exported in vain.
//
//   node scripts/check-dependencies.mjs
//   node scripts/check-dependencies.mjs --fix-references   write tsconfig references
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { namesTaken, unusedExports } from './check-exports.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const fix = process.argv.includes('--fix-references');
const faults = [];

/** Only this package may load native code: system calls have one door. */
const nativeDoor = { koffi: 'packages/linux' };

function members() {
  const found = [];
  for (const group of ['packages', 'services']) {
    for (const name of existsSync(join(top, group)) ? readdirSync(join(top, group)) : []) found.push(join(group, name));
  }
  found.push('test');
  return found.filter((directory) => existsSync(join(top, directory, 'package.json'))).sort();
}

function readJson(file) {
  return JSON.parse(readFileSync(join(top, file), 'utf8'));
}

function* sources(directory) {
  for (const entry of readdirSync(join(top, directory), { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (['dist', 'node_modules', 'fixtures'].includes(entry.name)) continue;
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|mts|mjs|js)$/.test(entry.name)) yield path;
  }
}

/** The module names in a file's imports, with their lines. */
function imports(file) {
  const text = readFileSync(join(top, file), 'utf8');
  const pattern =
    /(?:^|[;}\n])\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|\brequire(?:\.resolve)?\(\s*['"]([^'"]+)['"]|\bcreateRequire\([^)]*\)\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => {
    const name = match.slice(1).find(Boolean) ?? '';
    const line = text.slice(0, match.index + match[0].indexOf(name)).split('\n').length;
    return { name, where: `${file}:${line}` };
  });
}

function moduleOf(name) {
  const parts = name.split('/');
  return name.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

const all = members();
const manifests = new Map(all.map((directory) => [directory, readJson(join(directory, 'package.json'))]));
const home = new Map([...manifests].map(([directory, manifest]) => [manifest.name, directory]));

/** By module, the names that each member takes from it. */
const taken = new Map();

for (const [directory, manifest] of manifests) {
  if (manifest.version !== undefined)
    faults.push(`${directory}/package.json: "version": the package.json at the top has the only one`);
  const declared = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(declared)) {
    const wanted = home.has(name) ? 'workspace:*' : 'catalog:';
    if (version !== wanted) faults.push(`${directory}/package.json: ${name} is "${version}": write "${wanted}"`);
  }
  const used = new Set();
  const modules = { src: new Set(), test: new Set() };
  for (const file of sources(directory)) {
    const isTest = directory !== 'test' && relative(directory, file).startsWith('test');
    for (const [module, names] of namesTaken(readFileSync(join(top, file), 'utf8'))) {
      if (!taken.has(module)) taken.set(module, new Map());
      const byMember = taken.get(module);
      byMember.set(directory, new Set([...(byMember.get(directory) ?? []), ...names]));
    }
    for (const { name, where } of imports(file)) {
      if (name.startsWith('.')) {
        if (relative(directory, join(dirname(file), name)).startsWith('..')) {
          faults.push(`${where}: ${name} leaves its package: import the package by its name`);
        }
        continue;
      }
      if (name.startsWith('node:')) continue;
      const module = moduleOf(name);
      if (builtinModules.includes(module)) continue;
      modules[isTest ? 'test' : 'src'].add(module);
      if (nativeDoor[module] && nativeDoor[module] !== directory) {
        faults.push(`${where}: only ${nativeDoor[module]} imports ${module}`);
      }
      const target = home.get(module);
      if (target === directory) {
        faults.push(`${where}: a package imports its own files by their paths`);
        continue;
      }
      if (target !== undefined) {
        used.add(target);
        if (target.startsWith('services/')) faults.push(`${where}: ${module} is a service: nobody imports those`);
        if (target === 'test') faults.push(`${where}: nobody imports test`);
        const subpath = `.${name.slice(module.length)}`;
        if (!Object.hasOwn(manifests.get(target).exports ?? {}, subpath)) {
          faults.push(`${where}: ${name} is a deep import: ${module} does not export it`);
        }
      }
      const whole = manifest.dependencies?.[module] ?? (isTest ? manifest.devDependencies?.[module] : undefined);
      if (whole === undefined)
        faults.push(
          `${where}: ${module} is not among the ${isTest ? '' : 'runtime '}dependencies in ${directory}/package.json`,
        );
    }
  }
  checkReferences(directory, used);
  checkDeclared(directory, manifest, modules);
}
checkRoot();
for (const file of sources('scripts')) {
  for (const [module, names] of namesTaken(readFileSync(join(top, file), 'utf8'))) {
    const [, directory] = /^(?:\.\.\/)+(packages\/[^/]+)\/dist\/src\/index\.js$/.exec(module) ?? [];
    const name = directory && manifests.get(directory)?.name;
    if (name) taken.set(name, (taken.get(name) ?? new Map()).set(file, names));
  }
}
for (const [directory, manifest] of manifests) {
  if (!directory.startsWith('packages/')) continue;
  const takenBy = (name) => new Set([...(taken.get(name)?.values() ?? [])].flatMap((names) => [...names]));
  faults.push(...unusedExports(directory, manifest, takenBy));
}

/** A dependency that only tests use is one of development; one that nothing uses goes. */
function checkDeclared(directory, manifest, { src, test }) {
  const file = `${directory}/package.json`;
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (src.has(name)) continue;
    const fault = test.has(name) ? 'only tests import it: it belongs to devDependencies' : 'nothing imports it';
    faults.push(`${file}: ${name}: ${fault}`);
  }
  const all = new Set([...src, ...test]);
  for (const name of Object.keys(manifest.devDependencies ?? {})) {
    const types = name.startsWith('@types/') && all.has(name.slice('@types/'.length));
    if (!all.has(name) && !types && !isPeer(directory, name, all)) faults.push(`${file}: ${name}: nothing imports it`);
  }
}

/** Whether a module that is imported asks for this one beside it. */
function isPeer(directory, name, modules) {
  return [...modules].some((module) => {
    const file = join(top, directory, 'node_modules', module, 'package.json');
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).peerDependencies?.[name] !== undefined;
  });
}

/** tsc -b builds what is referenced: a missing reference compiles against old output. */
function checkReferences(directory, used) {
  const file = join(directory, 'tsconfig.json');
  if (!existsSync(join(top, file))) {
    faults.push(`${file} is missing`);
    return;
  }
  const config = readJson(file);
  const listed = (config.references ?? []).map(({ path }) => join(directory, path));
  const missing = [...used].filter((target) => !listed.includes(target));
  if (missing.length === 0) return;
  if (fix) {
    config.references = [...listed, ...missing].map((target) => ({ path: relative(directory, target) }));
    writeFileSync(join(top, file), `${JSON.stringify(config, null, 2)}\n`);
    return;
  }
  for (const target of missing) faults.push(`${file}: reference to ${target} is missing`);
}

function checkRoot() {
  const config = readJson('tsconfig.json');
  const listed = config.references.map(({ path }) => join(path));
  const missing = all.filter((directory) => !listed.includes(directory));
  const gone = listed.filter((directory) => !all.includes(directory));
  if (fix && missing.length + gone.length > 0) {
    config.references = all.map((path) => ({ path }));
    writeFileSync(join(top, 'tsconfig.json'), `${JSON.stringify(config, null, 2)}\n`);
    return;
  }
  for (const directory of missing) faults.push(`tsconfig.json: reference to ${directory} is missing`);
  for (const directory of gone) faults.push(`tsconfig.json: ${directory} does not exist`);
}

if (faults.length > 0) {
  for (const fault of [...new Set(faults)].sort()) process.stderr.write(`${fault}\n`);
  process.stderr.write(`${faults.length} faults\n`);
  process.exit(1);
}
