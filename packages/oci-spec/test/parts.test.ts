import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PodSandboxConfig, Signal, NamespaceMode } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import {
  deviceAccess,
  devicePath,
  generateInfraSpec,
  generateSpec,
  parseImageConfig,
  podSysctls,
  signalNumber,
  stopSignal,
} from '../src/index.js';
import { criSignal, signalName } from '../src/process/signals.js';
import { host, refusal, sample } from './sample.js';

test('signals read by name, number and real-time offset', () => {
  const numbers = { SIGTERM: 15, term: 15, '9': 9, SIGIOT: 6, 'SIGRTMIN+3': 37, RTMIN: 34, 'SIGRTMAX-1': 63 };
  for (const [text, number] of Object.entries(numbers)) assert.equal(signalNumber(text), number, text);
  for (const text of ['', '0', '65', 'SIGRTMIN-1', 'SIGRTMAX+1', 'SIGFOO'])
    assert.equal(signalNumber(text), undefined, text);
  assert.equal(signalName(37), 'SIGRTMIN+3');
});

test("the stop signal is the config's, the image's or SIGTERM", () => {
  assert.equal(stopSignal(Signal.SIGUSR1, 'SIGINT'), 'SIGUSR1');
  assert.equal(stopSignal(Signal.SIGRTMINPLUS3, ''), 'SIGRTMIN+3');
  assert.equal(stopSignal(Signal.SIGPOLL, ''), 'SIGIO');
  assert.equal(stopSignal(Signal.RUNTIME_DEFAULT, 'SIGRTMIN+3'), 'SIGRTMIN+3');
  assert.equal(stopSignal(Signal.RUNTIME_DEFAULT, '3'), 'SIGQUIT');
  assert.equal(stopSignal(Signal.RUNTIME_DEFAULT, ''), 'SIGTERM');
  assert.throws(
    () => stopSignal(Signal.RUNTIME_DEFAULT, 'STOPIT'),
    refusal('image config.StopSignal', 'IMAGE_INVALID'),
  );
  assert.throws(() => stopSignal(99 as Signal, ''), refusal('stop_signal'));
});

test("every signal of the CRI has a number, and comes back as the CRI's own", () => {
  for (const value of Object.values(Signal)) {
    const name = stopSignal(value, '');
    assert.ok(signalNumber(name), name);
    assert.equal(stopSignal(criSignal(name), ''), name);
  }
});

const sysctls = (linux: Init<PodSandboxConfig>['linux'], defaults = true): Record<string, string> =>
  podSysctls({ pod: PodSandboxConfig.create({ linux }), unprivilegedPorts: defaults, unprivilegedIcmp: defaults });

test('sysctls go into namespaces that the pod has, over the defaults', () => {
  assert.deepEqual(sysctls({ sysctls: { 'net/ipv4/ip_unprivileged_port_start': '80', 'kernel.shmmax': '5' } }), {
    'net.ipv4.ip_unprivileged_port_start': '80',
    'net.ipv4.ping_group_range': '0 2147483647',
    'kernel.shmmax': '5',
  });
  const hostPod = { securityContext: { namespaceOptions: { network: 2 as const, ipc: 2 as const } } };
  assert.deepEqual(sysctls(hostPod), {});
  assert.throws(() => sysctls({ sysctls: { 'vm.swappiness': '1' } }), refusal('linux.sysctls[vm.swappiness]'));
  assert.throws(() => sysctls({ sysctls: { 'net.../../x': '1' } }), refusal('linux.sysctls[net.../../x]'));
  assert.throws(() => sysctls({ ...hostPod, sysctls: { 'net.core.somaxconn': '1' } }), /host network/);
  assert.throws(() => sysctls({ ...hostPod, sysctls: { 'kernel.sem': '1' } }), /IPC/);
});

test("annotations pass by the allow-list, the container's over the pod's", () => {
  const input = sample(
    { annotations: { 'a.io/x': 'own', secret: 's' }, image: { image: 'sha256:1', userSpecifiedImage: 'busybox' } },
    { pod: { annotations: { 'a.io/x': 'pod', 'a.io/y': 'y', b: 'b' } }, passAnnotations: ['a.io/*', 'b'] },
  );
  assert.deepEqual(generateSpec(input).annotations, { 'a.io/x': 'own', 'a.io/y': 'y', b: 'b' });
  const gvisor = generateSpec({ ...input, passAnnotations: [], handler: { ...input.handler, kind: 'runsc' } });
  assert.equal(gvisor.annotations?.['io.kubernetes.cri.container-type'], 'container');
  assert.equal(gvisor.annotations?.['io.kubernetes.cri.sandbox-id'], '5'.repeat(64));
  assert.equal(gvisor.hostname, 'web');
});

test('systemd gets the stop signal and the grace of a container, and ends the pid namespace of its pod last', () => {
  const grace = { 'io.kubernetes.pod.terminationGracePeriod': '30' };
  const of = (annotations: Record<string, string>, more: Parameters<typeof sample>[1] = {}, kind = 'crun') => {
    const { handler, namespaces } = sample();
    const pod = { handler: { ...handler, kind, cgroupDriver: 'systemd' }, cgroupParent: 'a.slice' };
    const own = { linux: { securityContext: { namespaceOptions: { pid: NamespaceMode.CONTAINER } } } };
    const shared = more.namespaces !== undefined;
    const input = { ...pod, namespaces: { ...namespaces, pid: undefined }, ...more };
    return generateSpec(sample({ annotations, ...(shared ? {} : own) }, input)).annotations;
  };
  const property = (name: string) => `org.systemd.property.${name}`;
  assert.deepEqual(of(grace), { [property('TimeoutStopUSec')]: 'uint64 30000000' });
  assert.deepEqual(of({ 'io.kubernetes.pod.terminationGracePeriod': '0' }), {
    [property('TimeoutStopUSec')]: 'uint64 2000000',
  });
  assert.deepEqual(of({}, { image: { ...sample().image, stopSignal: 'SIGRTMIN+3' } }), {
    [property('KillSignal')]: 'int32 37',
  });
  assert.deepEqual(of({}, { namespaces: sample().namespaces }), {
    [property('After')]: `['slipway-${'5'.repeat(64)}.scope']`,
  });
  const key = property('TimeoutStopUSec');
  assert.deepEqual(of({ ...grace, [key]: 'uint64 7' }, { passAnnotations: [key] }), { [key]: 'uint64 7' });
  assert.equal(of({ 'io.kubernetes.pod.terminationGracePeriod': "1']" }), undefined);
  assert.equal(of({}), undefined);
  assert.equal(of(grace, {}, 'runsc')?.[key], undefined);
  assert.equal(generateSpec(sample({ annotations: grace })).annotations, undefined);
});

test('devices have permissions and an absolute place', () => {
  assert.equal(deviceAccess('devices[0]', 'mrw'), 'mrw');
  assert.equal(deviceAccess('devices[0]', ''), 'rwm');
  assert.throws(() => deviceAccess('devices[0]', 'x'), refusal('devices[0].permissions'));
  assert.equal(devicePath('devices[0]', '', '/dev/x'), '/dev/x');
  assert.throws(() => devicePath('devices[0]', 'dev/x', '/dev/x'), refusal('devices[0].container_path'));
});

test("an image's config is read with null as with nothing, and refused when malformed", () => {
  const empty = { user: '', env: [], entrypoint: [], cmd: [], workingDir: '', stopSignal: '', volumes: [] };
  assert.deepEqual(parseImageConfig('{}'), empty);
  assert.deepEqual(parseImageConfig('{"config":{"Env":null,"Cmd":null,"User":null}}'), empty);
  assert.deepEqual(parseImageConfig('{"config":{"User":"a","Cmd":["b"],"Volumes":{"/v":{}}}}'), {
    ...empty,
    user: 'a',
    cmd: ['b'],
    volumes: ['/v'],
  });
  for (const bad of ['', '[]', '{"config":1}', '{"config":{"Cmd":"x"}}', '{"config":{"Env":[1]}}']) {
    assert.throws(() => parseImageConfig(bad), { code: 'IMAGE_INVALID' });
  }
});

test('what is for Windows is refused', () => {
  assert.throws(() => generateSpec(sample({ windows: {} })), refusal('windows', 'UNSUPPORTED'));
});

test('an infra container is powerless and makes the pod its pid namespace', () => {
  const { pod, handler } = sample();
  const input = {
    sandboxId: 's',
    pod,
    handler: { ...handler, kind: 'runsc' },
    host: { ...host, minOomScoreAdj: -5 },
    rootfs: '/b/rootfs',
    args: ['/pause', '-P'],
    hostname: 'web',
    namespaces: { net: '/n', ipc: '/i', uts: '/u' },
    hostPid: false,
    cgroupParent: '/p',
    passAnnotations: [],
  };
  const spec = generateInfraSpec(input);
  assert.deepEqual(
    spec.linux.namespaces.map(({ type, path }) => path ?? type),
    ['mount', 'pid', '/n', '/i', '/u'],
  );
  assert.deepEqual(spec.process.capabilities.bounding, []);
  assert.equal(spec.process.oomScoreAdj, -5);
  assert.equal(spec.linux.cgroupsPath, '/p/s');
  assert.equal(spec.annotations?.['io.kubernetes.cri.container-type'], 'sandbox');
  assert.ok(!generateInfraSpec({ ...input, hostPid: true }).linux.namespaces.some(({ type }) => type === 'pid'));
});
