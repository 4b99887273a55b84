import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Root } from '../src/index.js';
import { about, NodeTree } from './node-tree.js';

function tree(t: TestContext, ...directories: string[]): NodeTree {
  const node = new NodeTree();
  t.after(() => node.remove());
  for (const directory of directories) mkdirSync(join(node.directory, directory), { recursive: true });
  return node;
}

test('cgroup v1, hybrid and v2 are told apart', (t) => {
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
