import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { planInstall, type PlannedFile, Root } from '../src/index.js';
import { withFlags } from '../src/kubelet-flags.js';
import { defaults, NodeTree } from './node-tree.js';

const endpoint = 'unix:///run/slipway/slipway.sock';

function tree(t: TestContext): NodeTree {
  const node = new NodeTree();
  t.after(() => node.remove());
  return node;
}

function plan(node: NodeTree) {
  const { report, plan: made } = planInstall(new Root(node.directory), defaults);
  const lost = report.findings.filter(({ what }) => what.includes('not carried over')).map(({ what }) => what);
  const faults = report.findings.filter(({ check, level }) => check === 'steps' && level === 'problem');
  const files = Object.fromEntries(made.files.map((file) => [file.path, file]));
  return { files: files as Record<string, PlannedFile | undefined>, byHand: made.byHand, lost, faults };
}

/** Writes a plan, and answers what is left to change then. */
function after(node: NodeTree): string[] {
  for (const file of Object.values(plan(node).files)) if (file) node.write(file.path, file.after);
  return Object.keys(plan(node).files);
}

const kubeadm = (t: TestContext, version: string, flags: string): NodeTree =>
  tree(t)
    .packaged(version)
    .write('/var/lib/kubelet/config.yaml', '# mine\ncgroupDriver: systemd\n')
    .write('/var/lib/kubelet/kubeadm-flags.env', `KUBELET_KUBEADM_ARGS="${flags}"\n`);

test('a kubeadm node of 1.25 has the endpoint in its flags, without those of dockershim', (t) => {
  const node = kubeadm(
    t,
    '1.25.3',
    '--container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock --pod-infra-container-image=pause:3.8 --v=2',
  );
  const { files, byHand } = plan(node);
  assert.equal(
    files['/var/lib/kubelet/kubeadm-flags.env']?.after,
    `KUBELET_KUBEADM_ARGS="--v=2 --container-runtime-endpoint=${endpoint} --container-runtime=remote --image-service-endpoint=${endpoint}"\n`,
  );
  assert.equal(files['/var/lib/kubelet/config.yaml'], undefined);
  assert.match(byHand.join('\n'), /kubectl annotate node/);
  assert.deepEqual(after(node), []);
});

test('from 1.27 on the endpoint is in the configuration, comments stay, and no flag wins over it', (t) => {
  const node = kubeadm(t, '1.31.0', '--container-runtime-endpoint=unix:///run/crio/crio.sock --v=2');
  const { files } = plan(node);
  assert.equal(
    files['/var/lib/kubelet/config.yaml']?.after,
    `# mine\ncgroupDriver: systemd\ncontainerRuntimeEndpoint: ${endpoint}\n`,
  );
  assert.equal(files['/var/lib/kubelet/kubeadm-flags.env']?.after, 'KUBELET_KUBEADM_ARGS="--v=2"\n');
  assert.equal(files['/var/lib/kubelet/instance-config.yaml'], undefined);
  assert.deepEqual(after(node), []);
});

test('from kubeadm 1.34 on the instance configuration has it too, since upgrades write that over the other', (t) => {
  const node = kubeadm(t, '1.34.1', '--v=2');
  node.write(
    '/var/lib/kubelet/instance-config.yaml',
    'containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n',
  );
  const { files } = plan(node);
  assert.equal(files['/var/lib/kubelet/instance-config.yaml']?.after, `containerRuntimeEndpoint: ${endpoint}\n`);
  assert.deepEqual(after(node), []);
});

test('a flag in a unit, which is not written, is named', (t) => {
  const node = tree(t)
    .packaged('1.30.0')
    .write('/var/lib/kubelet/config.yaml', 'cgroupDriver: systemd\n')
    .write(
      '/etc/systemd/system/kubelet.service',
      '[Service]\nExecStart=/usr/bin/kubelet --container-runtime-endpoint=unix:///run/containerd/containerd.sock\n',
    );
  assert.match(
    plan(node).byHand.join('\n'),
    /take --container-runtime-endpoint out of \/etc\/systemd\/system\/kubelet.service/,
  );
});

test('k3s has the endpoint in its own configuration', (t) => {
  const node = tree(t).write('/etc/rancher/k3s/config.yaml', 'docker: true\n# mine\nnode-label: [a=b]\n');
  assert.equal(
    plan(node).files['/etc/rancher/k3s/config.yaml']?.after,
    `# mine\nnode-label: [ a=b ]\ncontainer-runtime-endpoint: ${endpoint}\n`,
  );
  assert.deepEqual(after(node), []);
});

test('crictl is given the socket, and keeps what else it was told', (t) => {
  const node = tree(t).write('/etc/crictl.yaml', 'runtime-endpoint: unix:///x\ntimeout: 30 # long\n');
  assert.equal(
    plan(node).files['/etc/crictl.yaml']?.after,
    `runtime-endpoint: ${endpoint}\ntimeout: 30 # long\nimage-endpoint: ${endpoint}\n`,
  );
});

const moved = (t: TestContext, config: string): NodeTree =>
  kubeadm(t, '1.31.0', '--container-runtime-endpoint=unix:///run/containerd/containerd.sock').write(
    '/etc/containerd/config.toml',
    config,
  );

const debianDefault = spawnSync('containerd', ['config', 'default'], { encoding: 'utf8' });

test("nothing of containerd's own default is lost", { skip: debianDefault.status !== 0 && 'no containerd' }, (t) => {
  const { files, lost, faults } = plan(moved(t, debianDefault.stdout));
  assert.deepEqual(lost, []);
  assert.deepEqual(faults, []);
  assert.match(files['/etc/slipway/config.toml']?.after ?? '', /^driver = "systemd" /m);
});

test('settings of containerd 2 (version 3) become those of Slipway, and what has no equivalent is named', (t) => {
  const { files, lost, faults } = plan(
    moved(
      t,
      `version = 3
[plugins.'io.containerd.cri.v1.images']
snapshotter = 'stargz'
max_concurrent_downloads = 8
image_pull_progress_timeout = '2m30s'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = 'registry.k8s.io/pause:3.10'
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = '/etc/containerd/certs.d'
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = 'crun'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun.options]
BinaryName = '/usr/bin/crun'
SystemdCgroup = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ['/srv/cni']
conf_dir = '/srv/net.d'
[plugins.'io.containerd.grpc.v1.cri']
stream_server_address = '10.0.0.7'
stream_server_port = '10010'
stream_idle_timeout = '1h30m0s'
enable_tls_streaming = true
[plugins.'io.containerd.grpc.v1.cri'.x509_key_pair_streaming]
tls_cert_file = '/etc/s.crt'
tls_key_file = '/etc/s.key'
[plugins.'io.containerd.nri.v1.nri']
disable = true
socket_path = '/run/nri/nri.sock'
plugin_request_timeout = '5s'
`,
    ),
  );
  assert.deepEqual(faults, []);
  const config = files['/etc/slipway/config.toml']?.after ?? '';
  for (const line of [
    'defaultHandler = "crun"',
    'path = "/usr/bin/crun"',
    'confDir = "/srv/net.d"',
    'binDirs = ["/srv/cni", "/opt/cni/bin", "/usr/lib/cni"]',
    'parallel = 8',
    'noProgressMs = 150000',
    'address = "10.0.0.7"',
    'port = 10010',
    'idleTimeoutMs = 5400000',
    'tlsCert = "/etc/s.crt"',
    'tlsKey = "/etc/s.key"',
    'enabled = false',
    'socket = "/run/nri/nri.sock"',
    'requestTimeoutMs = 5000',
  ]) {
    assert.ok(config.split('\n').includes(line), `${line} in:\n${config}`);
  }
  assert.equal(lost.length, 2, lost.join('\n'));
  assert.match(lost.join('\n'), /snapshotter = "stargz" is not carried over/);
  assert.match(lost.join('\n'), /enable_tls_streaming/);
});

test("CRI-O's settings become those of Slipway, and its limits are named", (t) => {
  const node = kubeadm(t, '1.31.0', '--container-runtime-endpoint=unix:///var/run/crio/crio.sock')
    .write(
      '/etc/crio/crio.conf',
      `[crio.api]
stream_port = "10011"
stream_enable_tls = false
[crio.runtime]
cgroup_manager = "systemd"
conmon = "/usr/libexec/crio/conmon"
pids_limit = 1024
default_ulimits = ["nofile=1024:4096"]
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/libexec/crio/crun"
[crio.image]
global_auth_file = "/var/lib/kubelet/config.json"
pinned_images = ["registry.example/tools:*"]
pause_image = "registry.k8s.io/pause:3.10"
[crio.network]
network_dir = "/etc/cni/net.d/"
plugin_dirs = ["/usr/libexec/cni"]
`,
    )
    .write('/etc/crio/crio.conf.d/50-nri.conf', '[crio.nri]\nenable_nri = false\nnri_listen = "/run/nri.sock"\n')
    .write(
      '/etc/containers/registries.conf',
      '[[registry]]\nprefix = "docker.io"\n[[registry.mirror]]\nlocation = "m.example"\n',
    );
  const { files, faults } = plan(node);
  assert.deepEqual(faults, []);
  const config = files['/etc/slipway/config.toml']?.after ?? '';
  for (const line of [
    'defaultHandler = "crun"',
    'path = "/usr/libexec/crio/crun"',
    'conmon = "/usr/libexec/crio/conmon"',
    'authFile = "/var/lib/kubelet/config.json"',
    'pinned = ["registry.example/tools:*"]',
    'port = 10011',
    'enabled = false',
    'socket = "/run/nri.sock"',
  ]) {
    assert.ok(config.split('\n').includes(line), `${line} in:\n${config}`);
  }
  assert.match(files['/etc/containerd/certs.d/docker.io/hosts.toml']?.after ?? '', /https:\/\/m\.example/);
  const { report } = planInstall(new Root(node.directory), defaults);
  const todo = report.findings.map((one) => `${one.what}: ${one.todo}`).join('\n');
  assert.match(todo, /pids_limit = 1024: set podPidsLimit/);
  assert.match(todo, /default_ulimits = nofile=1024:4096: set them as Limit…= in Slipway's unit/);
});

test('a configuration that is there wins: only what it does not say is added, in a drop-in', (t) => {
  const node = moved(
    t,
    `version = 2
[plugins."io.containerd.grpc.v1.cri"]
stream_server_port = "10010"
max_concurrent_downloads = 8
`,
  ).write('/etc/slipway/config.toml', '[images]\nparallel = 2\n[cgroup]\ndriver = "systemd"\n');
  const { files } = plan(node);
  assert.equal(files['/etc/slipway/config.toml'], undefined);
  const added = files['/etc/slipway/config.toml.d/10-imported.toml']?.after ?? '';
  assert.match(added, /^port = 10010$/m);
  assert.doesNotMatch(added, /parallel|driver/);
  assert.deepEqual(after(node), []);
});

test('flags of an environment file are changed where they stand', () => {
  const gone = ['old', 'container-runtime-endpoint'];
  assert.equal(
    withFlags('# a\nKUBELET_EXTRA_ARGS=--old x --v 2\nOTHER=1\n', { 'container-runtime-endpoint': 'y' }, gone),
    '# a\nKUBELET_EXTRA_ARGS="--v 2 --container-runtime-endpoint=y"\nOTHER=1\n',
  );
  assert.equal(withFlags('', { a: 'b' }, gone), 'KUBELET_EXTRA_ARGS="--a=b"\n');
  assert.equal(withFlags("KUBELET_EXTRA_ARGS='--v=2'\n", {}, gone), "KUBELET_EXTRA_ARGS='--v=2'\n");
});
