import assert from 'node:assert/strict';
import { chownSync, lstatSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BuildInfraBundleRequest } from '@slipway/contracts';
import { NamespaceMode } from '@slipway/cri';
import { kernelFeatures, mount, unmount } from '@slipway/linux';
import { buildBundle, buildInfraBundle, removeBundle } from '../src/index.js';
import { cannotRun, Lab, sh } from './lab.js';

const lab = new Lab();
const first = 200_000;
const ids = { hostId: first, length: 65536 };
const image = cannotRun()
  ? lab.image([])
  : lab.image([
      lab.busyboxLayer({ 'etc/group': 'root:x:0:\n' }),
      lab.layer({ 'srv/file': 'x' }, (root) => chownSync(join(root, 'srv/file'), 1000, 1001)),
    ]);
const userns = 'linux.security_context.namespace_options.userns_options';

for (const runtime of ['runc', 'crun']) {
  const skip = cannotRun(runtime) || (kernelFeatures().idmapMounts ? false : 'needs Linux 5.19');
  const handler = lab.handler({ name: runtime, kind: runtime, userNamespaces: true });
  const run = (sandbox: ReturnType<typeof lab.sandbox>, config: Parameters<typeof lab.run>[1], more: object = {}) =>
    lab.run(image, config, { handler, sandbox, ...more }, runtime);

  test(`${runtime}: root in the pod is nobody's root on the host, and owns the image's files`, { skip }, async () => {
    const sandbox = await lab.userSandbox(ids);
    const volume = lab.tree(`out-${runtime}`);
    chownSync(volume, first, first);
    const { output } = await run(sandbox, {
      ...sh(
        'cat /proc/self/uid_map /proc/self/gid_map | tr -s " " | sed "s/^ //"',
        'stat -c "%u:%g %n" / /bin/busybox /srv/file /made/up /etc/hosts',
        'touch /new && stat -c "%u:%g" /new; echo more >> /srv/file && cat /srv/file; touch /out/file',
        'hostname; ls /sys/kernel > /dev/null && test -d /dev/mqueue && echo mounted',
      ),
      workingDir: '/made/up',
      mounts: [{ containerPath: '/out', hostPath: volume }],
    });
    assert.deepEqual(output.split('\n'), [
      `0 ${first} 65536`,
      `0 ${first} 65536`,
      '0:0 /',
      '0:0 /bin/busybox',
      '1000:1001 /srv/file',
      '0:0 /made/up',
      '0:0 /etc/hosts',
      '0:0',
      'xmore',
      'pod',
      'mounted',
    ]);
    assert.equal(statSync(join(volume, 'file')).uid, first);
  });

  test(`${runtime}: a volume with mappings keeps its ids on disk, one without is the host's`, { skip }, async () => {
    const sandbox = await lab.userSandbox(ids);
    const volume = lab.tree(`mapped-${runtime}`, { theirs: '', ours: '' });
    chownSync(join(volume, 'theirs'), 1000, 1000);
    const mappings = [{ containerId: 0, hostId: first, length: 65536 }];
    const { output } = await run(sandbox, {
      ...sh(
        'stat -c "%u:%g %n" /mapped/theirs /mapped/ours /single /plain/ours; touch /mapped/new; touch /plain/x 2>&1 | grep -o Perm',
      ),
      mounts: [
        { containerPath: '/mapped', hostPath: volume, uidMappings: mappings, gidMappings: mappings },
        { containerPath: '/single', hostPath: join(volume, 'theirs'), uidMappings: mappings, gidMappings: mappings },
        { containerPath: '/plain', hostPath: volume },
      ],
    });
    assert.deepEqual(output.split('\n'), [
      '1000:1000 /mapped/theirs',
      '0:0 /mapped/ours',
      '1000:1000 /single',
      '65534:65534 /plain/ours',
      'Perm',
    ]);
    const { uid, gid } = lstatSync(join(volume, 'new'));
    assert.deepEqual([uid, gid], [0, 0]);
  });

  test(`${runtime}: mappings of a mount count without a user namespace too`, { skip }, async () => {
    const volume = lab.tree(`lent-${runtime}`, { file: '' });
    const mappings = [{ containerId: 0, hostId: 5000, length: 10 }];
    const { output } = await lab.run(
      image,
      {
        ...sh('stat -c "%u:%g" /lent/file'),
        mounts: [{ containerPath: '/lent', hostPath: volume, uidMappings: mappings, gidMappings: mappings }],
      },
      { handler },
      runtime,
    );
    assert.equal(output, '5000:5000');
  });

  test(`${runtime}: image volumes, read-only roots and mounts that cannot lose their flags`, { skip }, async () => {
    const sandbox = await lab.userSandbox(ids);
    const flagged = lab.tree(`flagged-${runtime}`);
    mount({ source: 'flagged', target: flagged, type: 'tmpfs', flags: ['nosuid', 'nodev', 'noexec'] });
    writeFileSync(join(flagged, 'file'), 'read');
    const volume = lab.image([lab.layer({ 'a/one': '1' }, () => {}), lab.layer({ 'a/two': '2' }, () => {})]);
    try {
      const { output } = await run(
        sandbox,
        {
          ...sh('cat /flagged/file; echo; touch /flagged/x /x /volume/x; stat -c "%u %n" /volume/a/*'),
          mounts: [
            { containerPath: '/flagged', hostPath: flagged, readonly: true },
            { containerPath: '/volume', image: { image: 'vol' }, readonly: true },
          ],
          linux: { securityContext: { readonlyRootfs: true } },
        },
        { volumeImages: { vol: volume } },
      );
      assert.equal(output.match(/Read-only file system/g)?.length, 3, output);
      assert.match(output, /^read\n/);
      assert.match(output, /0 \/volume\/a\/one\n0 \/volume\/a\/two$/);
    } finally {
      unmount(flagged, { detach: true });
    }
  });

  test(`${runtime}: a user namespace on the host's network, IPC and processes`, { skip }, async () => {
    const node = { network: NamespaceMode.NODE, ipc: NamespaceMode.NODE, pid: NamespaceMode.NODE };
    const sandbox = await lab.userSandbox(ids, node);
    const options = sandbox.config?.linux?.securityContext?.namespaceOptions;
    const { output } = await run(sandbox, {
      ...sh(
        'readlink /proc/self/ns/net; ls /sys/class/net; test -d /proc/1 && id -u',
        'cgroup=/sys/fs/cgroup; test -d $cgroup/pids && cgroup=$cgroup/pids; mkdir $cgroup/x 2>&1 | grep -c .',
      ),
      linux: { securityContext: { namespaceOptions: options } },
    });
    const lines = output.split('\n');
    assert.equal(lines[0], `net:[${statSync('/proc/self/ns/net').ino}]`);
    assert.ok(lines.includes('lo'));
    assert.deepEqual(lines.slice(-2), ['0', '1']);
  });

  test(`${runtime}: a user other than root, few ids, and a terminal group that there is not`, { skip }, async () => {
    const sandbox = await lab.userSandbox({ hostId: first, length: 3 });
    const { output } = await run(sandbox, {
      ...sh('id'),
      linux: { securityContext: { runAsUser: { value: 1n }, runAsGroup: { value: 2n } } },
    });
    assert.equal(output, 'uid=1 gid=2 groups=2');
    const outside = { linux: { securityContext: { runAsUser: { value: 3n } } } };
    await assert.rejects(run(sandbox, outside), {
      code: 'INVALID_REQUEST',
      message: "linux.security_context.run_as_user: 3 is not mapped in the pod's user namespace",
    });
  });

  test(`${runtime}: an infra container holds a pid namespace of the user namespace`, { skip }, async () => {
    const sandbox = await lab.userSandbox(ids, { pid: NamespaceMode.POD });
    const { bundle = '' } = await buildInfraBundle(BuildInfraBundleRequest.create({ sandbox, handler }), lab.context);
    const started = lab.startDetached(bundle, sandbox.id, runtime);
    const { pid } = started;
    try {
      sandbox.infra = { bundle, pid, startTicks: 0n };
      assert.equal(statSync(`/proc/${pid}`).uid, first + 65535);
      const { output } = await run(sandbox, { ...sh('cat /proc/1/cmdline | head -c 10; cat /proc/1/comm') });
      assert.match(output, /catatonit/);
    } finally {
      started.stop();
    }
    await removeBundle({ id: sandbox.id }, lab.context);
  });
}

test('what cannot be mapped is refused by its field', { skip: cannotRun() }, async () => {
  const handler = lab.handler({ userNamespaces: true });
  const sandbox = await lab.userSandbox(ids);
  const mappings = [{ containerId: 0, ...ids }];
  const mounts = [{ containerPath: '/m', hostPath: '/proc', uidMappings: mappings, gidMappings: mappings }];
  await assert.rejects(buildBundle(lab.request(image, { ...sh('true'), mounts }, { sandbox, handler }), lab.context), {
    code: 'UNSUPPORTED',
    message: /^mounts\[0\]\.uidMappings: \/proc, or what is mounted below it/,
  });
  const half = [{ containerPath: '/m', hostPath: lab.tree('half'), uidMappings: mappings }];
  await assert.rejects(
    buildBundle(lab.request(image, { ...sh('true'), mounts: half }, { sandbox, handler }), lab.context),
    { code: 'INVALID_REQUEST', message: /^mounts\[0\]\.gidMappings/ },
  );
  const without = lab.handler({ userNamespaces: false, userNamespacesReason: 'the kernel is too old' });
  await assert.rejects(buildBundle(lab.request(image, sh('true'), { sandbox, handler: without }), lab.context), {
    code: 'UNSUPPORTED',
    message: `${userns}: the kernel is too old`,
  });
  assert.deepEqual(
    lab.mounts().filter((target) => !target.includes('/state/sandboxes/')),
    [],
  );
});
