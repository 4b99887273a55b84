import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeLeftovers } from '../src/index.js';
import { tearDown } from '../src/teardown.js';
import { choosePlace } from '../src/place.js';

const skip = process.getuid?.() === 0 ? false : 'needs root';

test('what a node can leave is seen, and teardown takes all of it away', { skip }, async () => {
  const place = choosePlace();
  const mountPoint = join(place.directory, 'with blank');
  const cgroup = `/sys/fs/cgroup/memory${place.cgroup}/pod`;
  let child: ReturnType<typeof spawn> | undefined;
  try {
    mkdirSync(mountPoint);
    execFileSync('mount', ['-t', 'tmpfs', 'none', mountPoint]);
    execFileSync('ip', ['link', 'add', place.bridge, 'type', 'bridge']);
    const rule = [
      '-w',
      '-t',
      'nat',
      '-A',
      'POSTROUTING',
      '-s',
      place.subnet,
      '-m',
      'comment',
      '--comment',
      `${place.name}: a b`,
    ];
    execFileSync('iptables', [...rule, '-j', 'MASQUERADE']);
    child = spawn('sleep', ['60'], { argv0: join(place.directory, 'sleep') });
    let hasCgroup = true;
    try {
      mkdirSync(cgroup, { recursive: true });
      writeFileSync(join(cgroup, 'cgroup.procs'), String(child.pid));
    } catch {
      // A host with only cgroup v2 has no such hierarchy.
      hasCgroup = false;
    }
    const kinds = nodeLeftovers(place).map((line) => line.split(' ')[0]);
    const expected = [
      'mount',
      'process',
      ...(hasCgroup ? ['cgroup', 'cgroup'] : []),
      'interface',
      'iptables',
      'directory',
    ];
    assert.deepEqual(kinds, expected);
  } finally {
    await tearDown(place);
  }
  assert.deepEqual(nodeLeftovers(place), []);
});
