import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { after, afterEach, before, describe, test } from 'node:test';
import { NamespaceMode } from '@slipway/cri';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';

describe('a pod in the host’s namespaces', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

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
      assert.notEqual((await pod.exec(id, 'readlink', '/proc/self/ns/net')).trim(), readlinkSync('/proc/self/ns/net'));
      assert.match(await pod.exec(id, 'cat', `/proc/${process.pid}/cmdline`), /node/);
    });
  }
});
