import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { about, NodeTree, stepText } from './node-tree.js';

function tree(t: TestContext): NodeTree {
  const node = new NodeTree();
  t.after(() => node.remove());
  return node;
}

for (const version of ['1.20.4', '1.21.1', '1.22.17', '1.23.9']) {
  test(`a kubelet ${version} of kubeadm without an endpoint uses dockershim`, (t) => {
    const report = tree(t)
      .packaged(version)
      .write('/var/lib/kubelet/config.yaml', 'kind: KubeletConfiguration\ncgroupDriver: systemd\n')
      .write(
        '/var/lib/kubelet/kubeadm-flags.env',
        'KUBELET_KUBEADM_ARGS="--network-plugin=cni --pod-infra-container-image=k8s.gcr.io/pause:3.2"\n',
      )
      .examine();
    assert.equal(report.runtime.name, 'dockershim');
    assert.equal(report.runtime.distribution, 'kubeadm');
    assert.equal(report.runtime.kubelet, version.split('.').slice(0, 2).join('.'));
    assert.equal(about(report, /cgroup driver is systemd/)[0]?.level, 'problem');
    const steps = stepText(report);
    assert.match(steps, /driver = "systemd"/);
    assert.match(steps, /--container-runtime=remote --container-runtime-endpoint=unix:/);
    assert.doesNotMatch(steps, /from 1\.27 on/);
    assert.match(steps, /remove: --network-plugin --pod-infra-container-image/);
    assert.match(steps, /disable --now docker\.socket docker$/m);
    assert.match(steps, /The way back/);
  });
}

test('cri-dockerd by the command line of the running kubelet, which wins over files', async (t) => {
  const node = tree(t)
    .packaged('1.26.3')
    .write(
      '/var/lib/kubelet/kubeadm-flags.env',
      'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=/run/crio/crio.sock"',
    )
    .write('/var/lib/kubelet/config.yaml', 'cgroupDriver: cgroupfs\n')
    .process(71, '/usr/bin/kubelet', '--container-runtime-endpoint', 'unix:///var/run/cri-dockerd.sock', '--v=2');
  await node.socket('/run/docker.sock');
  node.link('/var/run', '/run');
  const report = node.examine();
  assert.equal(report.runtime.name, 'cri-dockerd');
  assert.match(report.runtime.toldBy, /^\/proc\/71\/cmdline/);
  assert.equal(about(report, /^\/run\/docker\.sock is there: Docker/).length, 1);
  assert.equal(about(report, /both use the cgroup driver cgroupfs/)[0]?.level, 'ok');
  assert.match(stepText(report), /disable --now cri-docker\.socket/);
});

test('containerd by containerRuntimeEndpoint from 1.27 on', (t) => {
  const report = tree(t)
    .packaged('1.29.0')
    .write(
      '/var/lib/kubelet/config.yaml',
      'cgroupDriver: systemd\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n',
    )
    .examine({ cgroupDriver: 'systemd' });
  assert.equal(report.runtime.name, 'containerd');
  assert.match(stepText(report), /containerRuntimeEndpoint: unix:\/\/\/run\/slipway/);
  assert.doesNotMatch(stepText(report), /--container-runtime=remote/);
});

test('CRI-O by a drop-in of the unit', (t) => {
  const report = tree(t)
    .packaged('1.25.0')
    .write('/lib/systemd/system/kubelet.service', '[Service]\nExecStart=/usr/bin/kubelet\n')
    .write(
      '/etc/systemd/system/kubelet.service.d/20-crio.conf',
      '[Service]\nEnvironment="KUBELET_EXTRA_ARGS=--container-runtime=remote --container-runtime-endpoint=unix:///var/run/crio/crio.sock --cgroup-driver=systemd"\n',
    )
    .write('/etc/crio/crio.conf', '[crio.runtime]\ncgroup_manager = "systemd"\ndefault_runtime = "crun"\n')
    .write(
      '/etc/containers/registries.conf',
      '[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "mirror.example:5000"\n',
    )
    .examine({ cgroupDriver: 'systemd' });
  assert.equal(report.runtime.name, 'crio');
  assert.match(report.runtime.toldBy, /20-crio\.conf/);
  assert.equal(about(report, /default_runtime = crun/)[0]?.todo, 'set runtime.defaultHandler = "crun"');
  assert.match(stepText(report), /\[host\."https:\/\/mirror\.example:5000"\]/);
});

test('k3s with Docker, and with its own containerd', (t) => {
  const docker = tree(t).write(
    '/etc/rancher/k3s/config.yaml',
    'docker: true\nkubelet-arg:\n  - cgroup-driver=systemd\n',
  );
  const report = docker.examine();
  assert.deepEqual([report.runtime.name, report.runtime.distribution], ['cri-dockerd', 'k3s']);
  assert.match(about(report, /cgroup driver is systemd/)[0]?.what ?? '', /\/etc\/rancher\/k3s\/config\.yaml/);
  assert.match(stepText(report), /container-runtime-endpoint: unix:.*\nand take docker: true away/);
  const own = tree(t).write('/var/lib/rancher/k3s/agent/kubelet.kubeconfig', '').examine();
  assert.deepEqual(
    [own.runtime.name, own.runtime.endpoint],
    ['containerd', 'unix:///run/k3s/containerd/containerd.sock'],
  );
});

test('nothing there: no kubelet, no steps, and no claim about what only a live host has', (t) => {
  const report = tree(t).examine();
  assert.equal(report.counts.problem, 0);
  assert.deepEqual(report.steps, []);
  for (const what of [
    /free disk space/,
    /the clock/,
    /limits of processes/,
    /ports were not/,
    /no \/sys\/fs\/cgroup/,
  ]) {
    assert.equal(about(report, what)[0]?.level, 'note', String(what));
  }
});

test('a broken file is reported, and does not end the checks', (t) => {
  const report = tree(t)
    .write('/etc/docker/daemon.json', '{"bip": ')
    .write('/var/lib/kubelet/config.yaml', 'a: [')
    .examine();
  assert.equal(about(report, /^\/etc\/docker\/daemon\.json: /)[0]?.level, 'warning');
  assert.equal(about(report, /^\/var\/lib\/kubelet\/config\.yaml: /)[0]?.check, 'reading');
});
