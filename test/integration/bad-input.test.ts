import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { type ContainerConfig, NamespaceMode, type PodSandboxConfig } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { podLeftovers } from '@slipway/testbed';
import { failureOf } from '../support/failure.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

describe('bad input', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  test('an image that cannot be pulled is named, with what to do', async () => {
    const { cri, registry } = lab;
    const cases: [string, string, RegExp][] = [
      [`${registry.host}/no/such:image`, 'UNKNOWN', /no\/such.*manifest/],
      [`${registry.host}/demo/busybox:no-such-tag`, 'UNKNOWN', /no-such-tag/],
      [`${registry.host}/demo/busybox@sha256:${'0'.repeat(64)}`, 'UNKNOWN', /0000/],
      ['127.0.0.1:1/demo/busybox', 'UNKNOWN', /^RegistryUnavailable: .*127\.0\.0\.1:1/],
      ['demo/UPPER', 'INVALID_ARGUMENT', /demo\/UPPER.*write the image as/],
      ['a b', 'INVALID_ARGUMENT', /a b/],
      [`${registry.host}/demo/busybox@sha256:short`, 'INVALID_ARGUMENT', /short/],
      ['', 'INVALID_ARGUMENT', /image/],
    ];
    for (const [image, status, text] of cases) {
      const failure = await failureOf(cri.pullImage({ image: { image } }));
      assert.equal(failure.status, status, `${image}: ${failure.text}`);
      assert.match(failure.text, text);
    }
    assert.equal((await cri.listImages()).images.length, 1);
  });

  test('a sandbox needs a name, a known handler and settings that can be', async () => {
    const { cri, node } = lab;
    const cases: [Init<PodSandboxConfig> | undefined, string, string, RegExp][] = [
      [undefined, '', 'INVALID_ARGUMENT', /metadata/],
      [{}, '', 'INVALID_ARGUMENT', /metadata\.name/],
      [podConfig(node), 'nope', 'INVALID_ARGUMENT', /nope.*crun, runc/],
      [podConfig(node), 'runsc', 'INVALID_ARGUMENT', /runsc.*crun, runc/],
      [
        { ...podConfig(node), linux: { sysctls: { 'kernel.no_such_thing': '1' } } },
        '',
        'INVALID_ARGUMENT',
        /kernel\.no_such_thing/,
      ],
      [{ ...podConfig(node), dnsConfig: { servers: ['1.1.1.1\nevil'] } }, '', 'INVALID_ARGUMENT', /dns_config/],
      [
        { ...podConfig(node), metadata: { name: 'x'.repeat(1 << 20), namespace: 'n', uid: 'u', attempt: 0 } },
        '',
        'INVALID_ARGUMENT',
        /metadata\.name has 1048576 bytes; Kubernetes allows 253/,
      ],
      [
        { ...podConfig(node), annotations: { huge: 'x'.repeat(300_000) } },
        '',
        'INVALID_ARGUMENT',
        /config\.annotations has 300004 bytes/,
      ],
      [{ ...podConfig(node), hostname: 'x'.repeat(70) }, '', 'INVALID_ARGUMENT', /host ?name/i],
    ];
    for (const [config, runtimeHandler, status, text] of cases) {
      const failure = await failureOf(cri.runPodSandbox({ config, runtimeHandler }));
      assert.match(failure.text, text);
      assert.equal(failure.status, status, failure.text);
      assert.deepEqual(podLeftovers(node), []);
    }
    assert.deepEqual((await cri.listPodSandbox()).items, []);
  });

  test('a container needs what it names', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node));
    const before = podLeftovers(node).toSorted(compare);
    const security = (securityContext: NonNullable<Init<ContainerConfig>['linux']>['securityContext']) =>
      shell(image, 'true', { linux: { securityContext } });
    const cases: [Init<ContainerConfig> | undefined, string, RegExp][] = [
      [undefined, 'INVALID_ARGUMENT', /metadata/],
      [{ image: { image } }, 'INVALID_ARGUMENT', /metadata\.name/],
      [shell('', 'true'), 'INVALID_ARGUMENT', /image/],
      [shell('127.0.0.1:1/no/such:image', 'true'), 'NOT_FOUND', /no\/such:image.*pull/],
      [
        shell(image, 'true', { mounts: [{ hostPath: 'relative', containerPath: '/data' }] }),
        'INVALID_ARGUMENT',
        /builder.*mounts\[0\]\.host_path/,
      ],
      [
        shell(image, 'true', { mounts: [{ hostPath: '/tmp', containerPath: '' }] }),
        'INVALID_ARGUMENT',
        /mounts\[0\]\.container_path/,
      ],
      [
        shell(image, 'true', { mounts: [{ hostPath: '/etc/hostname/below', containerPath: '/data' }] }),
        'INVALID_ARGUMENT',
        /\/etc\/hostname\/below/,
      ],
      [
        shell(image, 'true', { mounts: [{ image: { image: 'no/such:volume' }, containerPath: '/data' }] }),
        'UNKNOWN',
        /ImageVolumeMountFailed.*no\/such:volume/,
      ],
      [shell(image, 'true', { workingDir: '/etc/passwd' }), 'INVALID_ARGUMENT', /working_dir/],
      [security({ runAsGroup: { value: 5n } }), 'INVALID_ARGUMENT', /run_as_group/],
      [security({ runAsUsername: 'nobody-knows' }), 'INVALID_ARGUMENT', /nobody-knows/],
      [security({ runAsUser: { value: -1n } }), 'INVALID_ARGUMENT', /run_as_user/],
      [security({ capabilities: { addCapabilities: ['FLYING'] } }), 'INVALID_ARGUMENT', /FLYING/],
      [
        security({ seccomp: { profileType: 2, localhostRef: '/no/such/profile.json' } }),
        'INVALID_ARGUMENT',
        /\/no\/such\/profile\.json/,
      ],
    ];
    for (const [config, status, text] of cases) {
      const failure = await failureOf(cri.createContainer({ podSandboxId: pod.id, config, sandboxConfig: pod.config }));
      assert.match(failure.text, text);
      assert.equal(failure.status, status, failure.text);
      assert.deepEqual(podLeftovers(node).toSorted(compare), before, failure.text);
    }
    // The pod took no harm.
    assert.equal((await pod.exited(await pod.start(shell(image, 'exit 4')))).exitCode, 4);
  });

  describe('CNI lists', () => {
    const file = () => join(lab.node.settings.network.confDir, '10-bad.conflist');
    const network = async () => {
      const { status } = await lab.cri.status();
      return status?.conditions.find(({ type }) => type === 'NetworkReady');
    };
    afterEach(async () => {
      rmSync(file(), { force: true });
      await until('pods run again', async () => {
        if (!(await network())?.status) return false;
        const pod = await Pod.run(lab.cri, podConfig(lab.node)).catch(() => undefined);
        await pod?.remove();
        return pod !== undefined;
      });
      assert.deepEqual(podLeftovers(lab.node), []);
    });

    test('one that cannot be read makes the network not ready, and pods fail by its name', async () => {
      writeFileSync(file(), '{ "cniVersion": "1.0.0", "name": "bad",\n  plugins: }');
      const condition = await until('the network is not ready', async () => {
        const now = await network();
        // For a moment the list is there and was not read yet.
        return now?.status === false && now.message.includes('10-bad') && now;
      });
      assert.match(condition.message, /10-bad\.conflist/);
      const { text } = await failureOf(lab.cri.runPodSandbox({ config: podConfig(lab.node) }));
      assert.match(text, /executor: .*10-bad\.conflist/);
      assert.deepEqual(podLeftovers(lab.node), []);
      // Pods on the host's network need none.
      const linux = {
        securityContext: { namespaceOptions: { network: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER } },
      };
      await (await Pod.run(lab.cri, podConfig(lab.node, { linux }))).remove();
    });

    const bridge = (range: (start: string) => object) => ({
      type: 'bridge',
      bridge: lab.node.place.bridge,
      isGateway: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: lab.node.place.subnet, ...range(lab.node.place.subnet.replace(/0\/24$/, '')) }]],
        dataDir: join(lab.node.place.directory, 'leases'),
      },
    });
    const lists: [string, () => object[], RegExp][] = [
      [
        'a plugin that refuses',
        // One address, and that is the gateway's.
        () => [bridge((net) => ({ rangeStart: `${net}1`, rangeEnd: `${net}1`, gateway: `${net}1` }))],
        /bridge.*no IP addresses available/,
      ],
      [
        'a later plugin that refuses',
        () => [bridge(() => ({})), { type: 'tuning', sysctl: { 'net.ipv4.no_such_thing': '1' } }],
        /tuning.*no_such_thing/,
      ],
      [
        'a plugin that can neither add nor delete',
        () => [{ type: 'bridge', bridge: lab.node.place.bridge, ipam: { type: 'host-local', subnet: 'nonsense' } }],
        /nonsense/,
      ],
      ['a plugin that is not installed', () => [{ type: 'no-such-plugin' }], /no-such-plugin/],
    ];
    for (const [name, plugins, message] of lists) {
      test(`${name} fails the pod with its message, and nothing stays`, async () => {
        const listName = name.replaceAll(' ', '-');
        writeFileSync(file(), JSON.stringify({ cniVersion: '1.0.0', name: listName, plugins: plugins() }));
        const failure = await until('the list is in use', async () => {
          const run = lab.cri.runPodSandbox({ config: podConfig(lab.node) });
          const id = await run.then(
            ({ podSandboxId }) => podSandboxId,
            () => undefined,
          );
          if (id === undefined) {
            const refused = await failureOf(run);
            return refused.text.includes(listName) && refused;
          }
          await lab.cri.removePodSandbox({ podSandboxId: id });
          return undefined;
        });
        assert.match(failure.text, message);
        assert.match(failure.text, /executor/);
        assert.deepEqual(podLeftovers(lab.node), []);
        assert.deepEqual((await lab.cri.listPodSandbox()).items, []);
        const leases = join(lab.node.place.directory, 'leases', listName);
        const left = existsSync(leases) ? readdirSync(leases).filter((entry) => /^[0-9.]+$/.test(entry)) : [];
        assert.deepEqual(left, [], 'addresses are free again');
      });
    }
  });
});

function compare(a: string, b: string): number {
  return a.localeCompare(b);
}
