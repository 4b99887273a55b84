#!/usr/bin/env node
// Writes the tables of docs/ that follow from the code: settings, error codes, metrics of pods, rights of processes.
//
//   node scripts/generate-docs.mjs           write them
//   node scripts/generate-docs.mjs --check   fail when one is stale
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { directoryRights, processRights } from '../packages/capabilities/dist/src/index.js';
import { executorKeys, handlerKeys, settingKeys } from '../packages/config/dist/src/index.js';
import { MetricType } from '../packages/cri/dist/src/index.js';
import { errorCodes } from '../packages/errors/dist/src/index.js';
import { commonLabels, containerMetrics, podMetrics } from '../services/gateway/dist/src/metrics/metrics.js';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');

/** A Markdown table; a `|` or `<` within a cell is text. */
function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const safe = (cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  return [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map((cells) => line(cells.map(safe)))].join(
    '\n',
  );
}

/**
 * @param {string} path
 * @param {{ type: string, default: unknown, doc: string, oneOf?: readonly string[] }} key
 */
function setting(path, { type, default: value, doc, oneOf }) {
  // The node's name is the host's: it differs from machine to machine.
  const shown = path === 'node' ? "the host's name" : value === '' ? '' : `\`${JSON.stringify(value)}\``;
  const choice = oneOf ? ` (${oneOf.join(', ')})` : '';
  return [`\`${path}\``, type === 'strings' ? 'list' : type, shown, `${doc}${choice}`];
}

function settings() {
  return table(
    ['key', 'type', 'default', 'what it is'],
    [
      ...Object.entries(settingKeys).map(([path, key]) => setting(path, key)),
      ...Object.entries(handlerKeys).map(([name, key]) => setting(`runtime.handlers.<name>.${name}`, key)),
      ...Object.entries(executorKeys).map(([name, key]) => setting(`runtime.executors.<name>.${name}`, key)),
    ],
  );
}

function errors() {
  /** @type {Record<string, import('../packages/errors/dist/src/index.js').CodeFacts>} */
  const codes = errorCodes;
  return table(
    ['code', 'gRPC status', 'word for the kubelet', 'what to do'],
    Object.entries(codes).map(([code, { grpc, word, hint }]) => [
      `\`${code}\``,
      grpc,
      word === undefined ? '' : `\`${word}\``,
      hint,
    ]),
  );
}

function metrics() {
  const definitions = [...new Set([...containerMetrics, ...podMetrics])];
  const of = (definition) =>
    [containerMetrics.includes(definition) && 'container', podMetrics.includes(definition) && 'pod'].filter(Boolean);
  return table(
    ['metric', 'type', 'of', `labels besides ${commonLabels.join(', ')}`, 'what it is'],
    definitions.map((definition) => [
      `\`${definition.name}\``,
      definition.type === MetricType.COUNTER ? 'counter' : 'gauge',
      of(definition).join(', '),
      definition.labels.join(', '),
      definition.help,
    ]),
  );
}

function rightsOfProcesses() {
  return table(
    ['process', 'user', 'capabilities', 'no_new_privs', 'filter', 'why'],
    Object.entries(processRights).map(([kind, { user, capabilities, noNewPrivileges, systemCalls, reason }]) => [
      kind,
      user ? `\`${user.name}\`, else ${user.id}` : 'root',
      capabilities === 'all' ? 'all' : capabilities.map((name) => name.slice('CAP_'.length)).join(', ') || 'none',
      noNewPrivileges ? 'yes' : 'no',
      systemCalls ?? 'none',
      reason,
    ]),
  );
}

function rightsOfDirectories() {
  /** @type {Readonly<Record<string, import('../packages/capabilities/dist/src/index.js').DirectoryRights>>} */
  const rightsIn = directoryRights;
  return table(
    ['directory', 'owner:group', 'mode', 'holds'],
    Object.values(rightsIn).map(({ base, path, owner, group, mode, holds }) => [
      `<${base}>${path && `/${path}`}`,
      `${owner ?? 'root'}:${group ?? 'root'}`,
      mode.toString(8).padStart(4, '0'),
      holds,
    ]),
  );
}

/** Puts `text` between the page's two comments that name this table. */
function write(page, name, text) {
  const file = join(top, 'docs', page);
  const begin = `<!-- ${name}: written by scripts/generate-docs.mjs -->\n`;
  const end = `<!-- end of ${name} -->`;
  const old = readFileSync(file, 'utf8');
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table of ${name}`);
  const fresh = `${old.slice(0, from)}${begin}\n${text}\n\n${old.slice(to)}`;
  if (fresh === old) return;
  if (!check) writeFileSync(file, fresh);
  else {
    process.stderr.write(`docs/${page} is stale: run node scripts/generate-docs.mjs\n`);
    process.exitCode = 1;
  }
}

write('configuration.md', 'settings', settings());
write('errors.md', 'error codes', errors());
write('metrics.md', 'metrics of pods', metrics());
write('security.md', 'rights of processes', rightsOfProcesses());
write('security.md', 'rights in directories', rightsOfDirectories());
