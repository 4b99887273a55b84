import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamespaceMode, Protocol } from '@slipway/cri';
import { podOf, type RunOptions } from '../src/run/pod-of.js';

const none: RunOptions = { namespace: 'default', network: 'pod', env: [], volume: [], publish: [], pull: 'missing' };
const make = (options: Partial<RunOptions>) => podOf('busybox', ['sh'], { ...none, ...options }, '/var/lib/slipway');

test('a pod of run is what a kubelet would make of the options', () => {
  const { pod, container } = make({
    name: 'web',
    env: ['A=b=c'],
    volume: ['/srv:/www:ro'],
    publish: ['8080:80', '[::1]:53:53/udp'],
    user: '1000:50',
    entrypoint: '/bin/busybox',
  });
  assert.deepEqual([pod.metadata?.name, pod.metadata?.namespace, container.metadata?.name], ['web', 'default', 'web']);
  assert.equal(pod.logDirectory, `/var/lib/slipway/run-logs/${pod.metadata?.uid}`);
  assert.deepEqual(pod.portMappings, [
    { hostIp: '', hostPort: 8080, containerPort: 80, protocol: Protocol.TCP },
    { hostIp: '::1', hostPort: 53, containerPort: 53, protocol: Protocol.UDP },
  ]);
  assert.deepEqual([container.command, container.args], [['/bin/busybox'], ['sh']]);
  assert.deepEqual(container.envs, [{ key: 'A', value: Buffer.from('b=c') }]);
  assert.deepEqual(container.mounts, [{ hostPath: '/srv', containerPath: '/www', readonly: true }]);
  const { runAsUser, runAsGroup } = container.linux?.securityContext ?? {};
  assert.deepEqual([runAsUser, runAsGroup], [{ value: 1000n }, { value: 50n }]);
  assert.equal(make({ network: 'host' }).pod.linux?.securityContext?.namespaceOptions?.network, NamespaceMode.NODE);
});

test('a word that run does not understand is refused with its option and form', () => {
  const refused = (options: Partial<RunOptions>, message: RegExp) =>
    assert.throws(() => make(options), { code: 'INVALID_REQUEST', message });
  refused({ name: 'Web' }, /^--name "Web": write it as letters/);
  refused({ env: ['=x'] }, /^--env "=x": write it as NAME=value/);
  refused({ volume: ['/a:b'] }, /^--volume "\/a:b"/);
  refused({ volume: ['/a:/b:rx'] }, /^--volume/);
  refused({ publish: ['80'] }, /^--publish "80"/);
  refused({ publish: ['80:70000'] }, /^--publish/);
  refused({ network: 'host', publish: ['80:80'] }, /on the host's network/);
  refused({ user: ':5' }, /^--user/);
});
