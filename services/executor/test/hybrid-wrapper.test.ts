import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hybridWrapper, needsHybridWrapper, programVariable } from '../src/runtime/hybrid-wrapper.js';

const hybrid = existsSync('/sys/fs/cgroup/unified/cgroup.procs');
const skip = process.getuid?.() !== 0 ? 'needs root' : hybrid ? false : 'needs a host with hybrid cgroups';

test('only crun before 1.9 on a hybrid host needs the wrapper', () => {
  assert.equal(needsHybridWrapper('1.8.1', 'hybrid'), true);
  assert.equal(needsHybridWrapper('0.20', 'hybrid'), true);
  assert.equal(needsHybridWrapper('1.9', 'hybrid'), false);
  assert.equal(needsHybridWrapper('1.21.0', 'hybrid'), false);
  assert.equal(needsHybridWrapper('2.0', 'hybrid'), false);
  assert.equal(needsHybridWrapper('1.8.1', 'v1'), false);
  assert.equal(needsHybridWrapper('1.8.1', 'v2'), false);
});

for (const [name, hasPerl] of [
  ['perl', true],
  ['sh', false],
] as const) {
  test(`the ${name} wrapper hides the cgroup2 mount only from its program and hands the arguments on`, {
    skip,
  }, (t) => {
    const dir = mkdtempSync('/tmp/slipway-wrapper-');
    t.after(() => rmSync(dir, { recursive: true }));
    const program = join(dir, 'program');
    writeFileSync(
      program,
      '#!/bin/sh\n[ -e /sys/fs/cgroup/unified/cgroup.procs ] || echo hidden\n[ -e /sys/fs/cgroup/memory/cgroup.procs ] && echo kept\nprintf "%s\\n" "$@"\nexit 0\n',
    );
    const wrapper = join(dir, 'wrapper');
    writeFileSync(wrapper, hybridWrapper(program, process.arch, hasPerl));
    for (const file of [program, wrapper]) chmodSync(file, 0o755);
    assert.equal(
      execFileSync(wrapper, ['create', 'two words', '--x=$1'], { encoding: 'utf8' }),
      'hidden\nkept\ncreate\ntwo words\n--x=$1\n',
    );
    const other = join(dir, 'other');
    writeFileSync(other, '#!/bin/sh\n[ -e /sys/fs/cgroup/unified/cgroup.procs ] || echo hidden\necho other "$@"\n');
    chmodSync(other, 0o755);
    const env = { ...process.env, [programVariable]: other };
    assert.equal(execFileSync(wrapper, ['create'], { encoding: 'utf8', env }), 'hidden\nother create\n');
    assert.ok(existsSync('/sys/fs/cgroup/unified/cgroup.procs'));
  });
}
