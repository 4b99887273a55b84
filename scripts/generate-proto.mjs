#!/usr/bin/env node
// Turns proto/ into TypeScript: interfaces, codecs and service tables.
//
//   node scripts/generate-proto.mjs           write the generated files
//   node scripts/generate-proto.mjs --check   fail when one of them is stale
//
// protobufjs parses the schemas and moves the bytes (its Reader and Writer);
// the functions in between are generated, because its own reflection has no
// bigint: int64 would be a Long, or a number that is wrong beyond 2^53.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { emitFile } from './proto/emit.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Each schema file, and the generated module that stands for it. */
const targets = [
  { proto: 'proto/cri/v1/api.proto', out: 'packages/cri/src/gen/api.ts', codec: '@slipway/protobuf', imports: {} },
  {
    proto: 'proto/nri/v1alpha1/api.proto',
    out: 'packages/nri/src/gen/api.ts',
    codec: '@slipway/protobuf',
    imports: {},
  },
  { proto: 'proto/ttrpc/ttrpc.proto', out: 'packages/nri/src/gen/ttrpc.ts', codec: '@slipway/protobuf', imports: {} },
  ...['containers', 'tasks', 'version'].map((name) => ({
    proto: `proto/containerd/${name}.proto`,
    out: `services/gateway/src/cadvisor/gen/${name}.ts`,
    codec: '@slipway/protobuf',
    imports: {},
  })),
  ...['records', 'record-service', 'puller', 'builder', 'executor', 'events', 'supervisor', 'peers'].map((name) => ({
    proto: `proto/slipway/v1/${name}.proto`,
    out: `packages/contracts/src/gen/${name}.ts`,
    codec: '@slipway/protobuf',
    imports: { 'proto/cri/v1/api.proto': '@slipway/cri', 'proto/slipway/v1/*.proto': './*.js' },
  })),
];

/** One Root for all files: contracts name CRI messages. */
function load(files) {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => (isAbsolute(target) ? target : join(top, 'proto', target));
  root.loadSync(
    files.map((file) => join(top, file)),
    { keepCase: false, alternateCommentMode: true },
  );
  root.resolveAll();
  return root;
}

const root = load(targets.map((target) => target.proto));
const check = process.argv.includes('--check');
let stale = 0;
for (const target of targets) {
  const text = emitFile(root, target, top);
  const path = join(top, target.out);
  if (check) {
    let now = '';
    try {
      now = readFileSync(path, 'utf8');
    } catch {
      // a missing file is stale too
    }
    if (now !== text) {
      console.error(`stale: ${target.out} (run: pnpm generate)`);
      stale++;
    }
    continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${target.out}`);
}
process.exit(stale > 0 ? 1 : 0);
