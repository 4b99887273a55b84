#!/usr/bin/env node
// Holds docs/GLOSSARY.md: its terms are in order, each is there once and occurs in the sources or documents, and the words
// in bold in the column "not" name no file and no exported declaration.
//
//   node scripts/check-glossary.mjs
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = readFileSync(join(top, 'docs/GLOSSARY.md'), 'utf8');
/** @type {string[]} */
const faults = [];

const rows = [...page.matchAll(/^\| \*\*(.+?)\*\* \|(.*)\|([^|]*)\|$/gm)].map(([, term = '', , not = '']) => ({
  term,
  not,
}));
const terms = rows.map(({ term }) => term.toLowerCase());
for (const [at, term] of terms.entries()) {
  if (terms.indexOf(term) !== at) faults.push(`${term} is there twice`);
  if ((terms[at - 1] ?? '').localeCompare(term, 'en') > 0) faults.push(`${term} is out of order`);
}

/** A word as parts of names: `pause container` is pauseContainer, PauseContainer, pause-container and PAUSE_CONTAINER. */
function spellings(/** @type {string} */ word) {
  return new RegExp(`(^|[^a-z])${word.split(' ').join('[-_]?')}(s?)([^a-z]|$)`, 'i');
}

const files = execFileSync('git', ['ls-files', 'packages', 'services'], { cwd: top, encoding: 'utf8' })
  .split('\n')
  .filter((file) => /^\w+\/[\w-]+\/src\/.*\.ts$/.test(file) && !file.includes('/gen/'));
/** @type {{ name: string, where: string }[]} */
const names = [];
let text = page.replace(/^\| \*\*.*$/gm, '');
for (const file of files) {
  names.push({ name: file.split('/').slice(3).join('/').replace(/\.ts$/, ''), where: file });
  const source = readFileSync(join(top, file), 'utf8');
  text += source;
  const declared = /^export (?:abstract )?(?:async )?(?:class|const|function\*?|interface|type|enum|let) (\w+)/gm;
  for (const [, name = ''] of source.matchAll(declared)) {
    // camelCase and PascalCase as words.
    names.push({ name: name.replace(/([a-z0-9])([A-Z])/g, '$1-$2'), where: `${file}: ${name}` });
  }
}
for (const file of execFileSync('git', ['ls-files', 'docs', 'proto'], { cwd: top, encoding: 'utf8' }).split('\n')) {
  if (/\.(md|proto)$/.test(file) && !file.endsWith('GLOSSARY.md')) text += readFileSync(join(top, file), 'utf8');
}

for (const { term, not } of rows) {
  const plain = term.replace(/([a-z])([A-Z])/g, '$1 ?$2');
  if (!new RegExp(plain.replace(/ /g, '[ -]?'), 'i').test(text)) faults.push(`${term}: nothing uses it`);
  for (const [, word = ''] of not.matchAll(/\*\*(.+?)\*\*/g)) {
    const pattern = spellings(word);
    for (const { name, where } of names)
      if (pattern.test(name)) faults.push(`${where}: it is called ${term}, not ${word}`);
  }
}

if (faults.length > 0) {
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exit(1);
}
