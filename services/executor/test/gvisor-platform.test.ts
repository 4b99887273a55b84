import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gvisorFlags } from '../src/gvisor/flags.js';

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-runsc-'));
});
after(() => rmSync(directory, { recursive: true }));

/** A release of runsc: what its `flags` say of platforms, and those under which its `do` works. */
function release(name: string, knows: string, works: string): string {
  const path = join(directory, name);
  const text = `#!/bin/sh
case "$*" in
flags) echo "  -platform string: ${knows}" >&2; exit 0 ;;
*--platform=${works}*do*) exit 0 ;;
esac
exit 128
`;
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

test('the platform is the fastest that the release has and the host runs', async () => {
  const old = release('old', 'ptrace (default), kvm', 'ptrace');
  assert.deepEqual(await gvisorFlags(old, []), ['--network=host', '--platform=ptrace']);
  const newer = release('newer', 'systrap (default), kvm, ptrace', 'systrap');
  assert.deepEqual(await gvisorFlags(newer, []), ['--network=host', '--platform=systrap']);
  const refused = release('refused', 'systrap (default), kvm, ptrace', 'ptrace');
  assert.deepEqual(await gvisorFlags(refused, []), ['--network=host', '--platform=ptrace'], 'this host has no systrap');
});

test('a platform that did not answer in time is asked again with more of it', async () => {
  const path = join(directory, 'slow');
  const text = `#!/bin/sh
case "$*" in
flags) echo "  -platform string: systrap (default), kvm, ptrace"; exit 0 ;;
*--platform=systrap*do*) [ -e "${path}.asked" ] || { touch "${path}.asked"; exec sleep 60; }; exit 0 ;;
esac
exit 128
`;
  writeFileSync(path, text, { mode: 0o755 });
  assert.deepEqual(await gvisorFlags(path, [], '', [1000, 30_000]), ['--network=host', '--platform=systrap']);
});

test('a release that can heed seccomp profiles does', async () => {
  const path = release('heeds', 'ptrace (default) -oci-seccomp', 'ptrace');
  assert.deepEqual(await gvisorFlags(path, []), ['--network=host', '--platform=ptrace', '--oci-seccomp']);
  const off = ['--oci-seccomp=false'];
  assert.deepEqual(await gvisorFlags(path, off), ['--network=host', '--platform=ptrace', ...off]);
});

test('what the configuration says is not tried', async () => {
  const path = release('configured', 'systrap', 'nothing');
  assert.deepEqual(await gvisorFlags(path, ['--platform=kvm', '--debug']), [
    '--network=host',
    '--platform=kvm',
    '--debug',
  ]);
  assert.deepEqual(await gvisorFlags(path, ['--network=sandbox'], 'kvm'), ['--platform=kvm', '--network=sandbox']);
});
