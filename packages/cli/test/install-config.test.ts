import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { unifiedDiff } from '../src/install-config/unified-diff.js';

const main = join(dirname(fileURLToPath(import.meta.url)), '../src/main.js');

function slipway(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, stdout, stderr };
}

test('a plan is shown as a diff and changes nothing; written, it keeps what was there and is done', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'sw-install-'));
  t.after(() => rmSync(root, { recursive: true }));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  put('/var/lib/dpkg/status', 'Package: kubelet\nStatus: install ok installed\nVersion: 1.31.0-1.1\n\n');
  put('/var/lib/kubelet/config.yaml', 'cgroupDriver: systemd\n');
  chmodSync(join(root, '/var/lib/kubelet/config.yaml'), 0o600);
  put('/var/lib/kubelet/kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS="--v=2"\n');
  put(
    '/etc/containerd/config.toml',
    'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nstream_server_port = "10010"\n[plugins."io.containerd.grpc.v1.cri".containerd]\nsnapshotter = "zfs"\n',
  );

  const shown = slipway('install-config', '--root', root);
  assert.equal(shown.status, 0, shown.stderr);
  assert.match(shown.stdout, /^\+\+\+ \/etc\/slipway\/config\.toml\n@@ -0,0 \+1,\d+ @@$/m);
  assert.match(shown.stdout, /^\+containerRuntimeEndpoint: unix:\/\/\/run\/slipway\/slipway\.sock$/m);
  assert.match(shown.stdout, /snapshotter = "zfs" is not carried over/);
  assert.match(shown.stdout, /3 files would change: --write writes them/);
  assert.equal(existsSync(join(root, 'etc/slipway')), false);

  assert.equal(slipway('install-config', '--root', root, '--write', '--only', 'crictl').status, 0);
  assert.equal(existsSync(join(root, 'etc/slipway')), false);
  assert.match(read('/etc/crictl.yaml'), /^runtime-endpoint: unix:\/\/\/run\/slipway\/slipway\.sock$/m);
  assert.match(slipway('install-config', '--root', root, '--only', 'x').stderr, /--only x/);

  const written = slipway('install-config', '--root', root, '--write');
  assert.match(written.stdout, /^wrote \/etc\/slipway\/config\.toml\nwrote \/var\/lib\/kubelet\/config\.yaml$/m);
  assert.equal(read('/var/lib/kubelet/config.yaml.before-slipway'), 'cgroupDriver: systemd\n');
  assert.equal(statSync(join(root, '/var/lib/kubelet/config.yaml')).mode & 0o777, 0o600);
  const config = slipway('config', '--config', join(root, 'etc/slipway/config.toml'), '--json');
  const settings = JSON.parse(config.stdout) as Record<string, { value: unknown }>;
  assert.deepEqual([settings['cgroup.driver']?.value, settings['streaming.port']?.value], ['systemd', 10010]);
  assert.match(slipway('install-config', '--root', root).stdout, /nothing would change/);
});

test('a diff is that of diff -u', (t) => {
  const work = mkdtempSync(join(tmpdir(), 'sw-diff-'));
  t.after(() => rmSync(work, { recursive: true }));
  const lines = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at}`);
  const texts: [string, string][] = [
    ['a\nb\nc\n', 'a\nx\nc\n'],
    [`${lines(40).join('\n')}\n`, `${lines(40).toSpliced(3, 1).toSpliced(20, 0, 'new', 'more').join('\n')}\n`],
    [`${lines(9).join('\n')}\n`, `first\n${lines(9).join('\n')}\nlast\n`],
    ['one\n', ''],
    ['', 'one\ntwo\n'],
  ];
  for (const [before, after] of texts) {
    const [from, to] = [join(work, 'from'), join(work, 'to')];
    writeFileSync(from, before);
    writeFileSync(to, after);
    const { stdout } = spawnSync('diff', ['-u', '--label', '/f', '--label', '/f', from, to], { encoding: 'utf8' });
    assert.equal(unifiedDiff('/f', before, after), stdout.trimEnd());
  }
  assert.equal(unifiedDiff('/f', 'a\n', 'a\n'), '');
});
