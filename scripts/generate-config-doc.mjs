#!/usr/bin/env node
// Writes the table of settings in docs/configuration.md from the schema.
//
//   node scripts/generate-config-doc.mjs           write it
//   node scripts/generate-config-doc.mjs --check   fail when it is stale
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { executorKeys, handlerKeys, settingKeys } from '../packages/config/dist/src/index.js';

const file = join(dirname(fileURLToPath(import.meta.url)), '../docs/configuration.md');
const begin = '<!-- settings: written by scripts/generate-config-doc.mjs -->\n';
const end = '<!-- end of settings -->';

function row(path, { type, default: value, doc, oneOf }) {
  // The node's name is the host's: it differs from machine to machine.
  const shown = path === 'node' ? "the host's name" : value === '' ? '' : `\`${JSON.stringify(value)}\``;
  const choice = oneOf ? ` (${oneOf.join(', ')})` : '';
  return `| \`${path}\` | ${type === 'strings' ? 'list' : type} | ${shown} | ${doc}${choice} |`;
}

const rows = [
  ...Object.entries(settingKeys).map(([path, key]) => row(path, key)),
  ...Object.entries(handlerKeys).map(([name, key]) => row(`runtime.handlers.<name>.${name}`, key)),
  ...Object.entries(executorKeys).map(([name, key]) => row(`runtime.executors.<name>.${name}`, key)),
].map((text) => text.replaceAll('<', '&lt;'));
const table = ['| key | type | default | what it is |', '|---|---|---|---|', ...rows].join('\n');

const text = readFileSync(file, 'utf8');
const from = text.indexOf(begin);
const to = text.indexOf(end);
if (from < 0 || to < from) throw new Error(`${file} has no place for the table`);
const fresh = `${text.slice(0, from)}${begin}\n${table}\n\n${text.slice(to)}`;
if (fresh !== text && process.argv.includes('--check')) {
  process.stderr.write('docs/configuration.md is stale: run node scripts/generate-config-doc.mjs\n');
  process.exit(1);
}
if (fresh !== text) writeFileSync(file, fresh);
