import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { examine, Root } from '../src/index.js';
import { about, defaults, NodeTree } from './node-tree.js';

function tree(t: TestContext, ...directories: string[]): NodeTree {
  const node = new NodeTree();
  t.after(() => node.remove());
  for (const directory of directories) mkdirSync(join(node.directory, directory), { recursive: true });
  return node;
}

test('cgroup v1, hybrid and v2 are distinguished', (t) => {
  const controllers = ['cpu,cpuacct', 'cpuset', 'memory', 'pids', 'hugetlb'].map((name) => `/sys/fs/cgroup/${name}`);
  const v1 = tree(t, ...controllers);
  v1.link('/sys/fs/cgroup/cpu', 'cpu,cpuacct');
  assert.equal(about(v1.examine(), /^cgroup v1$/).length, 1);
  assert.equal(about(v1.examine(), /^no \w+ controller/).filter(({ level }) => level === 'problem').length, 0);
  v1.write('/sys/fs/cgroup/unified/cgroup.controllers', '');
  assert.equal(about(v1.examine(), /^cgroup hybrid$/).length, 1);
  const v2 = tree(t).write('/sys/fs/cgroup/cgroup.controllers', 'cpuset cpu io pids\n');
  assert.equal(about(v2.examine(), /^cgroup v2$/)[0]?.level, 'ok');
  assert.equal(about(v2.examine(), /no memory controller/)[0]?.level, 'problem');
});

test('the first CNI list counts, and each of its plugins must be there', (t) => {
  const report = tree(t)
    .write('/etc/cni/net.d/10-a.conflist', {
      name: 'a',
      plugins: [{ type: 'bridge', ipam: { type: 'host-local' } }, { type: 'portmap' }],
    })
    .write('/etc/cni/net.d/20-b.conf', { name: 'b', type: 'ptp' })
    .write('/opt/cni/bin/bridge', '#!', 0o755)
    .write('/usr/lib/cni/host-local', '#!', 0o755)
    .write('/opt/cni/bin/portmap', '#!', 0o644)
    .examine();
  assert.deepEqual(
    about(report, /no CNI plugin/).map(({ what }) => what.split(' in ')[0]),
    ['no CNI plugin portmap'],
  );
  assert.equal(about(report, /20-b\.conf/)[0]?.level, 'note');
});

test('the plugins of the CNI list that run natively, and why the others run as programs', (t) => {
  const bridge = { type: 'bridge', ipam: { type: 'host-local', subnet: '10.1.2.0/24' } };
  const list = { name: 'a', cniVersion: '1.0.0', plugins: [bridge, { type: 'tuning' }] };
  const pluginForms = () => [
    { type: 'bridge', obstacle: undefined },
    { type: 'tuning', obstacle: 'plugin tuning has no native form' },
  ];
  const node = tree(t).write('/etc/cni/net.d/10-a.conflist', list);
  const report = node.examine({}, { pluginForms });
  assert.deepEqual(
    about(report, /10-a.conflist: /).map(({ level, what }) => [level, what.replace(/.*: /, '')]),
    [
      ['ok', 'bridge runs natively'],
      ['note', 'tuning runs as a program'],
    ],
  );
  assert.match(about(report, /tuning runs/)[0]?.why ?? '', /tuning has no native form/);
  const off = about(node.examine({ cniNative: false }, { pluginForms }), /10-a.conflist: /);
  assert.deepEqual(
    off.map(({ level, what, why }) => [level, what.replace(/.*: /, ''), why]),
    [['ok', 'every plugin runs as a program', 'network.native is off']],
  );
});

test('kernel, sysctls and binaries of a tree', (t) => {
  const report = tree(t)
    .write('/proc/sys/kernel/osrelease', '4.15.0-old\n')
    .write('/boot/config-4.15.0-old', 'CONFIG_OVERLAY_FS=m\n# CONFIG_VETH is not set\n')
    .write('/proc/sys/fs/inotify/max_user_instances', '128\n')
    .write('/usr/bin/crun', '', 0o755)
    .examine({ privateRedis: false });
  assert.equal(about(report, /^kernel 4\.15/)[0]?.level, 'problem');
  assert.equal(about(report, /without CONFIG_VETH/)[0]?.level, 'problem');
  assert.equal(about(report, /without CONFIG_OVERLAY_FS/).length, 0);
  assert.match(about(report, /max_user_instances is 128/)[0]?.todo ?? '', /= 512/);
  assert.equal(about(report, /no conmon/)[0]?.level, 'problem');
  assert.equal(about(report, /redis/).length, 0);
});

test('absolute symlinks stay below the root, and a loop of them ends', (t) => {
  const node = tree(t).write('/etc/real', 'inside').link('/etc/link', '/etc/real').link('/etc/up', '../../../etc/real');
  node.link('/etc/loop', '/etc/loop');
  const root = new Root(node.directory);
  assert.equal(root.text('/etc/link'), 'inside');
  assert.equal(root.text('/etc/up'), 'inside');
  assert.equal(root.text('/etc/loop'), undefined);
});

const mounts = (...lines: string[]): string => [...lines, ''].join('\n');

test('mount flags that keep handlers from working at the data directory are problems, at the state directory none', (t) => {
  const report = tree(t)
    .write(
      '/proc/self/mounts',
      mounts(
        '/dev/vda1 / ext4 rw,relatime 0 0',
        'tmpfs /run tmpfs rw,nosuid,nodev,noexec,size=800k 0 0',
        '/dev/vdb /var/lib ext4 rw,nodev,noexec,nosuid 0 0',
      ),
    )
    .examine();
  const levels = (flag: string) =>
    about(report, new RegExp(`^/var/lib/slipway is on /var/lib .*${flag}$`)).map(({ level }) => level);
  assert.deepEqual([levels('noexec'), levels('nodev'), levels('nosuid')], [['problem'], ['problem'], ['warning']]);
  assert.equal(about(report, /^\/run\/slipway is on \/run \(tmpfs\), mounted nosuid, nodev, noexec$/)[0]?.level, 'ok');
});

test('a data directory on a file system that holds no upper directory is a problem', (t) => {
  const at = (line: string) => tree(t).write('/proc/mounts', mounts(line, 'tmpfs /run tmpfs rw 0 0')).examine();
  assert.equal(about(at('overlay / overlay rw 0 0'), /slipway is on \/ \(overlay\)/)[0]?.level, 'problem');
  assert.equal(about(at('none / hostfs rw 0 0'), /slipway is on \/ \(hostfs\)/)[0]?.level, 'problem');
  assert.equal(about(at('/dev/sda1 / xfs rw 0 0'), /slipway is on \/ \(xfs\)/)[0]?.level, 'ok');
});

test('AppArmor without its parser is a problem, SELinux that enforces a warning', (t) => {
  const enabled = () => tree(t).write('/sys/module/apparmor/parameters/enabled', 'Y\n');
  assert.equal(about(enabled().examine(), /apparmor_parser is not installed/)[0]?.level, 'problem');
  const whole = enabled().write('/usr/sbin/apparmor_parser', '', 0o755);
  assert.equal(about(whole.examine(), /AppArmor is enabled, and apparmor_parser is there/)[0]?.level, 'ok');
  assert.equal(about(tree(t).write('/sys/fs/selinux/enforce', '1').examine(), /SELinux/)[0]?.level, 'warning');
});

test('a unit that ends containers with itself is a problem, and cgroupfs beside systemd on v2 a warning', (t) => {
  const node = tree(t, '/run/systemd/system')
    .write('/etc/systemd/system/slipway.service', '[Service]\nExecStart=/usr/bin/slipway up\n')
    .write('/sys/fs/cgroup/cgroup.controllers', 'cpuset cpu io memory pids\n');
  const report = node.examine();
  assert.equal(about(report, /slipway\.service: KillMode=control-group/)[0]?.level, 'problem');
  assert.equal(about(report, /Delegate is not set/)[0]?.level, 'warning');
  assert.equal(about(report, /cgroup\.driver is cgroupfs on a host of systemd/)[0]?.level, 'warning');
  node.write('/etc/systemd/system/slipway.service.d/10.conf', '[Service]\nKillMode=process\nDelegate=yes\n');
  const mended = node.examine({ cgroupDriver: 'systemd' });
  assert.equal(about(mended, /KillMode=process: containers outlive it/)[0]?.level, 'ok');
  assert.equal(about(mended, /Delegate|cgroup\.driver is/).length, 0);
});

test('the faults of an overlay are reported as a real mount found them', () => {
  const settings = { ...defaults, dataDirectory: '/var/lib/slipway' };
  const bad = examine(new Root('/'), settings, { overlay: (path) => `EINVAL at ${path}` });
  assert.equal(about(bad, /an overlay at .*: EINVAL at \/var\/lib\/slipway/)[0]?.level, 'problem');
  const good = examine(new Root('/'), settings, { overlay: () => undefined });
  assert.equal(about(good, /an overlay at \/var\/lib\/slipway was mounted/)[0]?.level, 'ok');
});

test('slices of pods that are gone are a warning, those of pods that are there are none', (t) => {
  const [gone, there, busy] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];
  const events = (id: string) => `/sys/fs/cgroup/slipway.slice/slipway-pod${id}.slice/cgroup.events`;
  const node = tree(t, `/run/slipway/sandboxes/${there}`)
    .write('/sys/fs/cgroup/cgroup.controllers', 'cpuset cpu io memory pids\n')
    .write(events(gone), 'populated 0\nfrozen 0\n')
    .write(events(there), 'populated 0\nfrozen 0\n')
    .write(events(busy), 'populated 1\nfrozen 0\n');
  const found = about(node.examine({ cgroupDriver: 'systemd' }), /slices of pods that are gone/);
  assert.deepEqual(
    found.map(({ level, what }) => [level, what]),
    [['warning', `slices of pods that are gone: 1, the first slipway-pod${gone}.slice`]],
  );
});

test('a node that starts programs slowly is a warning', () => {
  const settings = { ...defaults, dataDirectory: '/var/lib/slipway' };
  const level = (ms: number) =>
    about(examine(new Root('/'), settings, { startMs: () => ms }), /^a program starts in/)[0]?.level;
  assert.deepEqual([level(3.2), level(900)], ['ok', 'warning']);
});
