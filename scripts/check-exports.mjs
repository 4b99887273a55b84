// The rule of a package's surface: its index exports no function, class or constant that no other member imports. Its own
// tests import the file itself. Types are free, because signatures need them; so are generated messages.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Values that a module exports, by the file that defines each. Follows relative re-exports. */
function valuesOf(file, found = new Map()) {
  const text = readFileSync(file, 'utf8');
  const next = (specifier) => join(dirname(file), specifier.replace(/\.js$/, '.ts'));
  for (const [, names, from] of text.matchAll(/^export \{([^}]*)\} from '(\.[^']+)';/gm)) {
    for (const name of names.split(',').map((word) => word.trim())) {
      if (name !== '' && !name.startsWith('type ')) found.set(name.split(' as ').at(-1), next(from));
    }
  }
  for (const [, from] of text.matchAll(/^export \* from '(\.[^']+)';/gm)) {
    for (const name of valuesOf(next(from)).keys()) found.set(name, next(from));
  }
  for (const [, name] of text.matchAll(
    /^export (?:abstract )?(?:async )?(?:class|const|function\*?|enum|let) (\w+)/gm,
  )) {
    found.set(name, file);
  }
  return found;
}

/**
 * Names that a file takes from each of the modules that it imports; `*` where it takes the whole module.
 * @returns {Map<string, Set<string>>}
 */
export function namesTaken(text) {
  const taken = new Map();
  const take = (module, name) => taken.set(module, (taken.get(module) ?? new Set()).add(name));
  for (const [, clause, module] of text.matchAll(
    /(?:^|[;}\n])\s*(?:import|export)\s([^'"`;]*?)from\s*['"]([^'"]+)['"]/g,
  )) {
    if (clause.includes('*')) take(module, '*');
    for (const word of (/\{([^}]*)\}/.exec(clause)?.[1] ?? '').split(',')) {
      const name = word
        .trim()
        .replace(/^type /, '')
        .split(' as ')[0];
      if (name) take(module, name);
    }
  }
  for (const [, module] of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) take(module, '*');
  return taken;
}

/** The faults of a package, given what all other members take from it by its names with subpaths. */
export function unusedExports(directory, manifest, takenBy) {
  const faults = [];
  for (const [subpath, { default: built }] of Object.entries(manifest.exports ?? {})) {
    const file = join(directory, built.replace('./dist/', '').replace(/\.js$/, '.ts'));
    if (!existsSync(file)) continue;
    const used = takenBy(`${manifest.name}${subpath.slice(1)}`);
    if (used.has('*')) continue;
    for (const [name, source] of valuesOf(file)) {
      if (used.has(name) || source.includes('/gen/')) continue;
      faults.push(`${file}: ${name} is imported by no other member: do not export it; own tests import ${source}`);
    }
  }
  return faults;
}
