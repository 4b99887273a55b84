import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Report } from '@slipway/doctor';

const main = join(dirname(fileURLToPath(import.meta.url)), '../src/main.js');

function doctor(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'doctor', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('doctor looks at this host: one JSON object, and the status says whether there is a problem', () => {
  const { status, stdout } = doctor('--json');
  const report = JSON.parse(stdout) as Report;
  assert.equal(status, report.counts.problem > 0 ? 1 : 0);
  assert.equal(report.root, '/');
  for (const check of ['kernel', 'cgroups', 'binaries', 'cni', 'ports', 'disk', 'time']) {
    assert.ok(
      report.findings.some((one) => one.check === check),
      check,
    );
  }
  assert.ok(!report.findings.some(({ what }) => what.includes('not looked at')));
});

test('doctor --root reads the settings below it, ends with 1 for a problem and with 0 without one', () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-doctor-'));
  try {
    mkdirSync(join(root, 'var/lib/kubelet'), { recursive: true });
    writeFileSync(join(root, 'var/lib/kubelet/config.yaml'), 'cgroupDriver: systemd\n');
    assert.equal(doctor('--root', root, '--json').status, 1);
    mkdirSync(join(root, 'etc/slipway'), { recursive: true });
    writeFileSync(join(root, 'etc/slipway/config.toml'), '[cgroup]\ndriver = "systemd"\n');
    assert.equal(doctor('--root', root, '--json').status, 0);
    const nowhere = doctor('--root', join(root, 'nowhere'));
    assert.equal(nowhere.status, 1);
    assert.match(nowhere.stderr, /there is no such directory/);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('doctor mounts an overlay at the data directory and leaves nothing, and names a file system that holds none', {
  skip: process.getuid?.() !== 0 && 'only root may mount',
}, () => {
  const root = mkdtempSync('/tmp/slipway-doctor-');
  const found = (place: string): string[] => {
    const { findings } = JSON.parse(doctor('--json', '--set', `root=${place}`).stdout) as Report;
    return findings.filter(({ check }) => check === 'overlay').map(({ level }) => level);
  };
  try {
    assert.deepEqual(found(join(root, 'slipway')), ['ok']);
    assert.deepEqual(readdirSync(root), []);
    // An overlay holds no upper directory of another one.
    for (const name of ['low', 'up', 'work', 'over']) mkdirSync(join(root, name));
    const options = `lowerdir=${root}/low,upperdir=${root}/up,workdir=${root}/work`;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, `${root}/over`]);
    assert.deepEqual(found(join(root, 'over/slipway')), ['problem']);
    assert.deepEqual(readdirSync(join(root, 'over')), []);
  } finally {
    spawnSync('umount', [join(root, 'over')]);
    rmSync(root, { recursive: true });
  }
});
