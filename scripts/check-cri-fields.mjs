#!/usr/bin/env node
// docs/cri-fields.md must tell what becomes of every field that a pod's or container's
// configuration has on Linux, and name tests that exist.
//
//   node scripts/check-cri-fields.mjs
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = 'docs/cri-fields.md';
const roots = ['PodSandboxConfig', 'ContainerConfig'];
const places = {
  spec: 'packages/oci-spec/test',
  cni: 'packages/cni/test',
  builder: 'services/builder/test',
  executor: 'services/executor/test',
  integration: 'test/integration',
};
const faults = [];

/** The fields of every message that the roots reach, by message. What is for Windows is one field. */
function schemaFields() {
  const schema = new protobuf.Root();
  protobuf.parse(readFileSync(join(top, 'proto/cri/v1/api.proto'), 'utf8'), schema, { keepCase: true });
  const messages = new Map();
  const walk = (type) => {
    if (messages.has(type.name) || type.name.startsWith('Windows')) return;
    messages.set(
      type.name,
      type.fieldsArray.map(({ name }) => name),
    );
    for (const field of type.fieldsArray) {
      field.resolve();
      if (field.resolvedType instanceof protobuf.Type) walk(field.resolvedType);
    }
  };
  for (const name of roots) walk(schema.lookupType(`runtime.v1.${name}`));
  return messages;
}

/** The rows of the page's tables, by the heading that they stand under. */
function pageRows() {
  const sections = new Map();
  let rows = [];
  readFileSync(join(top, page), 'utf8')
    .split('\n')
    .forEach((line, index) => {
      const heading = /^## (\w+)$/.exec(line)?.[1];
      if (heading) sections.set(heading, (rows = []));
      const cells = /^\|(.*)\|$/.exec(line)?.[1]?.split(' | ') ?? [];
      const [field = '', fate = '', test = ''] = cells.map((cell) => cell.replace(/\|$/, '').trim());
      if (/^\w+$/.test(field) && field !== 'field') rows.push({ field, fate, test, where: `${page}:${index + 1}` });
    });
  return sections;
}

function checkTest({ fate, test, where }) {
  if (test === '') {
    if (!/^(not applied: .|see )/.test(fate)) faults.push(`${where}: a field that is applied or refused needs a test`);
    return;
  }
  const [, place, file, title] = /^(\w+)\/([\w-]+): "(.+)"$/.exec(test) ?? [];
  const path = join(places[place] ?? '', `${file}.test.ts`);
  if (!title || !places[place]) faults.push(`${where}: ${test} is not file: "title"`);
  else if (!existsSync(join(top, path))) faults.push(`${where}: there is no ${path}`);
  else if (!readFileSync(join(top, path), 'utf8').includes(title))
    faults.push(`${where}: ${path} has no test "${title}"`);
}

const sections = pageRows();
const messages = schemaFields();
for (const [message, fields] of messages) {
  const rows = sections.get(message) ?? [];
  const written = new Set(rows.map(({ field }) => field));
  for (const field of fields) if (!written.has(field)) faults.push(`${page}: ${message}.${field} is missing`);
  for (const { field, where } of rows)
    if (!fields.includes(field)) faults.push(`${where}: ${message} has no field ${field}`);
  rows.forEach(checkTest);
}
for (const heading of sections.keys())
  if (!messages.has(heading)) faults.push(`${page}: ${heading} is no message of these`);

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(`${page}: ${[...messages.values()].flat().length} fields of ${messages.size} messages`);
