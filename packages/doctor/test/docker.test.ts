import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { about, NodeTree, stepText } from './node-tree.js';

function tree(t: TestContext): NodeTree {
  const node = new NodeTree();
  t.after(() => node.remove());
  return node;
}

test('pods that depend on Docker: static pods, and containers of Docker, containerd and CRI-O', (t) => {
  const mount = (source: string) => [{ destination: '/x', type: 'bind', source }];
  const report = tree(t)
    .write(
      '/etc/kubernetes/manifests/agent.yaml',
      'kind: Pod\nmetadata: {name: agent, namespace: ops}\nspec:\n  volumes:\n  - hostPath: {path: /var/run/docker.sock}\n    name: s\n',
    )
    .write('/data/docker/containers/abc/config.v2.json', {
      Name: '/k8s_ci',
      Config: {
        Labels: {
          'io.kubernetes.pod.name': 'ci',
          'io.kubernetes.pod.namespace': 'build',
          'io.kubernetes.container.name': 'dind',
        },
      },
      MountPoints: { '/v': { Source: '/var/lib/kubelet/pods/1/volumes/x' } },
    })
    .write('/data/docker/containers/abc/hostconfig.json', { Binds: ['/data/docker/containers:/logs:ro'] })
    .write('/etc/docker/daemon.json', { 'data-root': '/data/docker' })
    .write('/run/containerd/io.containerd.runtime.v2.task/k8s.io/c1/config.json', {
      annotations: {
        'io.kubernetes.cri.sandbox-name': 'web',
        'io.kubernetes.cri.sandbox-namespace': 'shop',
        'io.kubernetes.cri.container-name': 'w',
      },
      mounts: mount('/srv/data'),
      process: { env: ['DOCKER_HOST=tcp://127.0.0.1:2375'] },
    })
    .write('/var/lib/containers/storage/overlay-containers/c2/userdata/config.json', {
      annotations: { 'io.kubernetes.pod.name': 'top', 'io.kubernetes.pod.namespace': 'ops' },
      mounts: mount('/run/dockershim.sock'),
    })
    .examine();
  const problems = report.findings
    .filter(({ check }) => check === 'docker-pods')
    .map(({ level, what }) => `${level} ${what}`);
  assert.deepEqual(
    problems.map((what) => what.replace(/ \(\/.*/, '')),
    [
      "problem ops/agent mounts Docker's socket: /var/run/docker.sock",
      "problem build/ci/dind mounts Docker's data directory: /data/docker/containers",
      'problem shop/web/w has DOCKER_HOST=tcp://127.0.0.1:2375',
      'problem ops/top mounts the socket of dockershim or cri-dockerd: /run/dockershim.sock',
    ],
  );
});

test('a node whose pods mount nothing of Docker has no such problem', (t) => {
  const report = tree(t)
    .write(
      '/etc/kubernetes/manifests/etcd.yaml',
      'metadata: {name: etcd}\nspec: {volumes: [{hostPath: {path: /var/lib/etcd}}]}\n',
    )
    .examine();
  const own = report.findings.filter(({ check }) => check === 'docker-pods');
  assert.deepEqual(
    own.map(({ level }) => level),
    ['ok'],
  );
});

test('each setting of daemon.json says what it becomes', (t) => {
  const report = tree(t)
    .packaged('1.23.9')
    .write('/var/lib/kubelet/config.yaml', 'cgroupDriver: systemd\n')
    .write('/etc/docker/daemon.json', {
      'insecure-registries': ['reg.example:5000', '10.0.0.0/8'],
      'registry-mirrors': ['https://mirror.example'],
      'data-root': '/data/docker',
      'log-opts': { 'max-size': '100m', 'max-file': '3' },
      'default-ulimits': { nofile: { Name: 'nofile', Soft: 64_000, Hard: 65_000 } },
      'live-restore': true,
      'exec-opts': ['native.cgroupdriver=systemd'],
      bip: '172.30.0.1/16',
      dns: ['10.0.0.2'],
      proxies: { 'https-proxy': 'http://me:secret@proxy.example:3128' },
    })
    .examine({ cgroupDriver: 'systemd' });
  const todo = (what: RegExp): string => about(report, what)[0]?.todo ?? 'no such finding';
  assert.match(todo(/log-opts/), /containerLogMaxSize: 100Mi and containerLogMaxFiles: 3/);
  assert.match(todo(/default-ulimits/), /LimitNOFILE=64000:65000/);
  assert.match(todo(/: bip/), /network\.own\.subnet/);
  assert.match(todo(/: dns /), /resolvConf/);
  assert.match(todo(/10\.0\.0\.0\/8/), /each registry/);
  assert.equal(about(report, /native\.cgroupdriver=systemd becomes/)[0]?.level, 'ok');
  assert.match(todo(/through a proxy/), /HTTPS_PROXY=http:\/\/…@proxy\.example:3128/);
  assert.doesNotMatch(JSON.stringify(report), /secret/);
  const steps = stepText(report);
  assert.match(steps, /root = "\/data\/slipway"/);
  assert.match(steps, /certs\.d\/docker\.io\/hosts\.toml\nserver = "https:\/\/registry-1\.docker\.io"/);
  assert.match(steps, /\[host\."http:\/\/reg\.example:5000"\]/);
});

test("containerd's mirrors in the old form become hosts.toml", (t) => {
  const report = tree(t)
    .packaged('1.28.1')
    .write(
      '/var/lib/kubelet/config.yaml',
      'cgroupDriver: systemd\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n',
    )
    .write(
      '/etc/containerd/config.toml',
      `version = 2
[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
endpoint = ["https://m.example"]
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
options = { SystemdCgroup = false }
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]
runtime_type = "io.containerd.kata.v2"
`,
    )
    .examine({ cgroupDriver: 'systemd' });
  assert.equal(about(report, /mirrors of docker\.io in the old form/)[0]?.level, 'warning');
  assert.equal(about(report, /SystemdCgroup = false/)[0]?.level, 'warning');
  assert.match(about(report, /runtime kata/)[0]?.why ?? '', /shim/);
  assert.match(stepText(report), /\[host\."https:\/\/m\.example"\]\ncapabilities/);
});
