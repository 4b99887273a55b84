import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadSettings, type Settings } from '@slipway/config';
import type { Report } from '../src/index.js';
import { about, NodeTree, stepText } from './node-tree.js';

function tree(t: TestContext): NodeTree {
  const node = new NodeTree();
  t.after(() => node.remove());
  return node;
}

/** The settings that Slipway has when it reads what the steps say; refused where it would be. */
function settingsOf(report: Report): Settings {
  const step = report.steps.find(({ title }) => title === 'Write /etc/slipway/config.toml');
  const directory = mkdtempSync(join(tmpdir(), 'doc-'));
  try {
    const configPath = join(directory, 'config.toml');
    writeFileSync(configPath, `${step?.lines.join('\n')}\n`);
    return loadSettings({ configPath, env: {} }).settings;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const lost = (report: Report): string[] =>
  about(report, /not carried over/).map(({ what }) => what.replace(/^\S+: /, '').replace(/ is not carried over$/, ''));

const containerd = (t: TestContext, config: string): NodeTree =>
  tree(t)
    .packaged('1.31.0')
    .write(
      '/var/lib/kubelet/config.yaml',
      'cgroupDriver: systemd\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n',
    )
    .write('/etc/containerd/config.toml', config);

test('handlers, default, CNI and registries of containerd are in the configuration of the steps, which Slipway takes', (t) => {
  const report = containerd(
    t,
    `version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "nvidia"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = true
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]
runtime_type = "io.containerd.runc.v2"
container_annotations = ["cdi.k8s.io/*"]
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options]
BinaryName = "/usr/bin/nvidia-container-runtime"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]
runtime_type = "io.containerd.kata.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.gvisor]
runtime_type = "io.containerd.runsc.v1"
[plugins."io.containerd.grpc.v1.cri".cni]
conf_dir = "/etc/cni/site"
bin_dir = "/usr/libexec/cni"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/etc/registries.d"
`,
  ).examine();
  const { runtime, network, images, cgroup } = settingsOf(report);
  const { nvidia, gvisor } = runtime.handlers;
  assert.equal(runtime.defaultHandler, 'nvidia');
  assert.deepEqual(
    [nvidia?.kind, nvidia?.path, nvidia?.passAnnotations],
    ['runc', '/usr/bin/nvidia-container-runtime', ['cdi.k8s.io/*']],
  );
  assert.equal(gvisor?.kind, 'runsc');
  assert.deepEqual([network.confDir, network.binDirs.includes('/usr/libexec/cni')], ['/etc/cni/site', true]);
  assert.ok(images.registryDirs.includes('/etc/registries.d'));
  assert.equal(cgroup.driver, 'systemd');
  assert.deepEqual(lost(report), ['runtime kata (io.containerd.kata.v2)']);
  assert.equal(about(report, /takes the configuration of the steps/)[0]?.level, 'ok');
});

test('every setting of containerd that has no place in Slipway is named, and defaults are not', (t) => {
  const report = containerd(
    t,
    `version = 3
root = "/data/containerd"
imports = ["/etc/containerd/conf.d/*.toml"]
[plugins."io.containerd.cri.v1.images"]
snapshotter = "stargz"
max_concurrent_downloads = 10
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "registry.k8s.io/pause:3.10"
[plugins."io.containerd.cri.v1.runtime"]
enable_selinux = false
max_container_log_line_size = 16384
unset_seccomp_profile = "runtime/default"
some_new_switch = true
[plugins."io.containerd.cri.v1.runtime".containerd]
default_runtime_name = "runc"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
base_runtime_spec = "/etc/containerd/base.json"
snapshotter = "overlayfs"
sandboxer = "podsandbox"
[proxy_plugins.stargz]
type = "snapshot"
`,
  ).examine();
  assert.deepEqual(lost(report).toSorted(), [
    'containerd.runtimes.runc.base_runtime_spec = "/etc/containerd/base.json"',
    'containerd.runtimes.runc.snapshotter = "overlayfs"',
    'imports = ["/etc/containerd/conf.d/*.toml"]',
    'proxy_plugins.stargz.type = "snapshot"',
    'root = "/data/containerd"',
    'snapshotter = "stargz"',
    'some_new_switch = true',
    'unset_seccomp_profile = "runtime/default"',
  ]);
  assert.equal(settingsOf(report).runtime.defaultHandler, 'runc', "containerd's default, and not crun");
});

test('handlers, default, pinned images and registries of CRI-O are carried over, and the rest is named', (t) => {
  const report = tree(t)
    .packaged('1.34.0')
    .write(
      '/var/lib/kubelet/config.yaml',
      'cgroupDriver: systemd\ncontainerRuntimeEndpoint: unix:///var/run/crio/crio.sock\n',
    )
    .write(
      '/etc/crio/crio.conf.d/10-site.conf',
      `[crio]
root = "/data/crio"
storage_driver = "overlay"
[crio.runtime]
default_runtime = "my-crun"
seccomp_profile = "/etc/crio/seccomp.json"
hooks_dir = ["/etc/hooks.d"]
[crio.runtime.runtimes.my-crun]
runtime_path = "/opt/crun"
[crio.runtime.runtimes.kata]
runtime_path = "/usr/bin/containerd-shim-kata-v2"
runtime_type = "vm"
[crio.image]
pinned_images = ["registry.k8s.io/pause:3.10"]
insecure_registries = ["lab:5000", "10.0.0.0/8"]
`,
    )
    .write('/etc/containers/policy.json', { default: [{ type: 'reject' }] })
    .write(
      '/etc/containers/registries.conf',
      '[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "mirror:5000/hub"\ninsecure = true\n',
    )
    .examine();
  const { runtime, images } = settingsOf(report);
  assert.deepEqual([runtime.defaultHandler, runtime.handlers['my-crun']?.kind], ['my-crun', 'crun']);
  assert.deepEqual(images.pinned, ['registry.k8s.io/pause:3.10']);
  assert.deepEqual(
    lost(report).toSorted(),
    [
      'insecure_registries has 10.0.0.0/8, which',
      'its default',
      'root = "/data/crio"',
      'runtime kata (runtime_type = vm)',
      'runtime.hooks_dir = ["/etc/hooks.d"]',
      'runtime.seccomp_profile = "/etc/crio/seccomp.json"',
    ].toSorted(),
  );
  const steps = stepText(report);
  assert.match(steps, /\[host\."http:\/\/lab:5000"\]/);
  assert.match(
    steps,
    /\[host\."http:\/\/mirror:5000\/v2\/hub"\]\ncapabilities = .*\noverride_path = true\nskip_verify = true/,
  );
});

test("Docker's runtimes and its default become handlers", (t) => {
  const report = tree(t)
    .packaged('1.23.0')
    .write('/var/lib/kubelet/config.yaml', 'cgroupDriver: cgroupfs\n')
    .write('/etc/docker/daemon.json', {
      'default-runtime': 'nvidia',
      runtimes: { nvidia: { path: 'nvidia-container-runtime' }, kata: { runtimeType: 'io.containerd.kata.v2' } },
    })
    .examine();
  const { runtime } = settingsOf(report);
  assert.deepEqual(
    [runtime.defaultHandler, runtime.handlers['nvidia']?.kind, runtime.handlers['nvidia']?.path],
    ['nvidia', 'runc', 'nvidia-container-runtime'],
  );
  assert.deepEqual(lost(report), ['runtime kata (io.containerd.kata.v2)']);
});

test("kubeadm's instance-config.yaml is in the steps, and a problem where it would undo the move", (t) => {
  const kubeadm = (endpoint: string): NodeTree =>
    tree(t)
      .packaged('1.34.1')
      .write('/var/lib/kubelet/kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS=""\n')
      .write('/var/lib/kubelet/config.yaml', `cgroupDriver: cgroupfs\ncontainerRuntimeEndpoint: ${endpoint}\n`)
      .write(
        '/var/lib/kubelet/instance-config.yaml',
        'kind: KubeletConfiguration\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n',
      );
  const before = kubeadm('unix:///run/containerd/containerd.sock').examine();
  assert.match(
    stepText(before),
    /in \/var\/lib\/kubelet\/instance-config\.yaml, .*\ncontainerRuntimeEndpoint: unix:\/\/\/run\/slipway/,
  );
  const after = kubeadm('unix:///run/slipway/slipway.sock').examine();
  assert.equal(
    about(after, /instance-config\.yaml: containerRuntimeEndpoint: unix:\/\/\/run\/containerd/)[0]?.level,
    'problem',
  );
});
