import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { after, afterEach, before, describe, test } from 'node:test';
import { NamespaceMode } from '@slipway/cri';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

describe('namespaces', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  describe('of two containers in a pod', () => {
    for (const handler of ['crun', 'runc']) {
      test(`on ${handler} they share network, IPC and host name, and nothing else`, async () => {
        const { cri, node, image } = lab;
        const pod = await Pod.run(cri, podConfig(node), handler);
        const serve =
          'mkdir /tmp/www; echo "it answers" > /tmp/www/index.html; exec httpd -f -p 127.0.0.1:8080 -h /tmp/www';
        const server = await pod.start(shell(image, serve));
        const other = await pod.start(shell(image, 'exec sleep 1000'));

        const page = await until('the page of the other container', () =>
          pod.exec(other, 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/').catch(() => undefined),
        );
        assert.equal(page, 'it answers\n');
        const [first, second] = await Promise.all([server, other].map((id) => pod.exec(id, 'ip', 'address')));
        assert.equal(first, second);
        const { status } = await cri.podSandboxStatus({ podSandboxId: pod.id });
        assert.ok(first?.includes(String(status?.network?.ip)), 'the address of the status is the one inside');

        await pod.exec(server, 'sh', '-c', 'echo shared > /dev/shm/note');
        assert.equal(await pod.exec(other, 'cat', '/dev/shm/note'), 'shared\n');
        const names = ['ipc', 'net', 'uts', 'pid', 'mnt'];
        const [here, there] = await Promise.all(
          [server, other].map((id) =>
            pod.exec(id, 'sh', '-c', names.map((name) => `readlink /proc/1/ns/${name}`).join(';')),
          ),
        );
        const same = names.filter((_, at) => here?.split('\n')[at] === there?.split('\n')[at]);
        assert.deepEqual(same, ['ipc', 'net', 'uts']);

        assert.equal(await pod.exec(other, 'hostname'), `${pod.config.hostname}\n`);
        assert.equal(await pod.exec(server, 'cat', '/etc/hostname'), `${pod.config.hostname}\n`);
        assert.match(await pod.exec(server, 'cat', '/etc/hosts'), new RegExp(`${pod.config.hostname}`));
        assert.match(await pod.exec(server, 'cat', '/proc/1/cmdline'), /^httpd/);
        assert.match(await pod.exec(other, 'cat', '/proc/1/cmdline'), /^sleep/);
        await pod.exec(server, 'sh', '-c', 'echo mine > /tmp/note');
        await assert.rejects(pod.exec(other, 'cat', '/tmp/note'), /No such file/);

        await cri.stopContainer({ containerId: server, timeout: 0n });
        await cri.removeContainer({ containerId: server });
        assert.equal(await pod.exec(other, 'cat', '/dev/shm/note'), 'shared\n', 'the other one goes on');
      });

      test(`on ${handler} a pod's pid namespace can be shared`, async () => {
        const { cri, node, image } = lab;
        const linux = { securityContext: { namespaceOptions: { pid: NamespaceMode.POD } } };
        const pod = await Pod.run(cri, podConfig(node, { linux }), handler);
        const first = await pod.start(shell(image, 'exec sleep 1111', { linux }));
        const second = await pod.start(shell(image, 'exec sleep 2222', { linux }));

        const seen = await pod.exec(first, 'ps', '-o', 'args');
        assert.match(seen, /sleep 1111/);
        assert.match(seen, /sleep 2222/);
        assert.doesNotMatch(await pod.exec(first, 'cat', '/proc/1/cmdline'), /sleep/, 'pid 1 is the pod’s own');
        // An orphan becomes the child of the pod's pid 1, which must reap it.
        await pod.exec(first, 'sh', '-c', '(sleep 0.1 &)');
        await until('the orphan is gone', async () => {
          const left = await pod.exec(second, 'ps', '-o', 'stat,args');
          return !/^Z|sleep 0\.1/m.test(left);
        });
        const [victim = ''] = /^ *\d+(?= sleep 2222)/m.exec(await pod.exec(first, 'ps', '-o', 'pid,args')) ?? [];
        // A process without a handler for it: pid 1 alone would be spared.
        await pod.exec(first, 'kill', '-TERM', victim.trim());
        assert.equal((await pod.exited(second)).exitCode, 143);
        await pod.exec(first, 'true');
      });

      test(`on ${handler} a container can join another's pid namespace`, async () => {
        const { cri, node, image } = lab;
        const pod = await Pod.run(cri, podConfig(node), handler);
        const target = await pod.start(shell(image, 'exec sleep 3333'));
        const linux = { securityContext: { namespaceOptions: { pid: NamespaceMode.TARGET, targetId: target } } };
        const guest = await pod.start(shell(image, 'exec sleep 4444', { linux }));
        assert.match(await pod.exec(guest, 'cat', '/proc/1/cmdline'), /3333/);
      });
    }
  });

  describe('of the host in a pod', () => {
    for (const handler of ['crun', 'runc']) {
      test(`on ${handler} it is on the host's network under the host's name`, async () => {
        const { cri, node, image } = lab;
        const namespaceOptions = { network: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER };
        const linux = { securityContext: { namespaceOptions } };
        // A kubelet leaves the host name out then.
        const pod = await Pod.run(cri, podConfig(node, { linux, hostname: '' }), handler);
        const { status } = await cri.podSandboxStatus({ podSandboxId: pod.id });
        assert.equal(status?.network?.ip, '', 'the host’s addresses are not the pod’s');
        assert.equal(status?.linux?.namespaces?.options?.network, NamespaceMode.NODE);

        const id = await pod.start(shell(image, 'exec sleep 1000', { linux }));
        assert.equal((await pod.exec(id, 'readlink', '/proc/1/ns/net')).trim(), readlinkSync('/proc/self/ns/net'));
        assert.equal((await pod.exec(id, 'hostname')).trim(), hostname());
        assert.equal(await pod.exec(id, 'cat', '/etc/hosts'), readFileSync('/etc/hosts', 'utf8'));
        assert.equal(await pod.exec(id, 'cat', '/etc/resolv.conf'), readFileSync('/etc/resolv.conf', 'utf8'));

        const server = createServer((socket) => socket.end('from the host\n')).listen(0, '127.0.0.1');
        try {
          await new Promise((resolve) => server.once('listening', resolve));
          const { port } = server.address() as AddressInfo;
          assert.equal(await pod.exec(id, 'nc', '127.0.0.1', String(port)), 'from the host\n');
        } finally {
          server.close();
        }
      });

      test(`on ${handler} it sees the host's processes and shared memory`, async () => {
        const { cri, node, image } = lab;
        const namespaceOptions = { network: NamespaceMode.POD, pid: NamespaceMode.NODE, ipc: NamespaceMode.NODE };
        const linux = { securityContext: { namespaceOptions } };
        const pod = await Pod.run(cri, podConfig(node, { linux }), handler);
        const id = await pod.start(shell(image, 'exec sleep 1000', { linux }));
        for (const name of ['pid', 'ipc'])
          assert.equal(
            (await pod.exec(id, 'readlink', `/proc/self/ns/${name}`)).trim(),
            readlinkSync(`/proc/self/ns/${name}`),
          );
        assert.notEqual(
          (await pod.exec(id, 'readlink', '/proc/self/ns/net')).trim(),
          readlinkSync('/proc/self/ns/net'),
        );
        assert.match(await pod.exec(id, 'cat', `/proc/${process.pid}/cmdline`), /node/);
      });
    }
  });
});
