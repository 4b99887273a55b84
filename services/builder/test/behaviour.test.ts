import assert from 'node:assert/strict';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildInfraBundleRequest, type SandboxRecord } from '@slipway/contracts';
import { NamespaceMode } from '@slipway/cri';
import { mount, setPropagation, unmount } from '@slipway/linux';
import { buildInfraBundle, hostFacts, removeBundle } from '../src/index.js';
import { cannotRun, Lab, sh } from './lab.js';

const lab = new Lab();
const image = cannotRun()
  ? lab.image([])
  : lab.image(
      [
        lab.busyboxLayer({
          'etc/passwd': 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/:\n',
          'etc/group': 'apps:x:1001:\nmore:x:50000:app\n',
        }),
      ],
      { Env: ['PATH=/bin', 'FROM_IMAGE=yes'] },
    );

for (const runtime of ['runc', 'crun']) {
  const skip = cannotRun(runtime);
  const handler = lab.handler({ name: runtime, kind: runtime });
  const run = (
    config: Parameters<typeof lab.run>[1],
    more: { sandbox?: SandboxRecord; handler?: typeof handler } & Parameters<typeof lab.run>[2] = {},
  ) => lab.run(image, config, { handler, ...more }, runtime);
  const privilegedSandbox = () =>
    lab.sandbox({
      linux: {
        securityContext: {
          privileged: true,
          namespaceOptions: { network: NamespaceMode.NODE, ipc: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER },
        },
      },
    });

  test(`${runtime}: the process is who the config says`, { skip }, async () => {
    const id = async (securityContext: object) => (await run({ ...sh('id'), linux: { securityContext } })).output;
    assert.match(await id({}), /uid=0\(root\) gid=0/);
    assert.match(
      await id({ runAsUser: { value: 1000n }, supplementalGroups: [60000n] }),
      /uid=1000\(app\) gid=1001\(apps\) groups=1001\(apps\),50000\(more\),60000/,
    );
    assert.match(
      await id({ runAsUsername: 'app', runAsGroup: { value: 7n }, supplementalGroupsPolicy: 1 }),
      /uid=1000\(app\) gid=7 groups=7$/,
    );
  });

  test(`${runtime}: capabilities and no_new_privs are as asked for`, { skip }, async () => {
    const bits = async (securityContext: object, sandbox?: SandboxRecord) => {
      const { output } = await run(
        { ...sh('grep -E "Cap(Eff|Bnd|Amb)|NoNewPrivs" /proc/self/status'), linux: { securityContext } },
        sandbox ? { sandbox } : {},
      );
      return Object.fromEntries(output.split('\n').map((line) => line.split(/:\s+/)));
    };
    assert.deepEqual(await bits({}), {
      CapEff: '00000000a80425fb',
      CapBnd: '00000000a80425fb',
      CapAmb: '0000000000000000',
      NoNewPrivs: '0',
    });
    const dropped = await bits({
      capabilities: { dropCapabilities: ['ALL'], addCapabilities: ['CHOWN'] },
      noNewPrivs: true,
    });
    assert.deepEqual([dropped.CapEff, dropped.NoNewPrivs], ['0000000000000001', '1']);
    const ambient = await bits({
      runAsUser: { value: 1000n },
      capabilities: { addAmbientCapabilities: ['NET_BIND_SERVICE'] },
    });
    assert.deepEqual([ambient.CapEff, ambient.CapAmb], ['0000000000000400', '0000000000000400']);
    const all = await bits({ privileged: true }, privilegedSandbox());
    assert.equal(all.CapBnd, /CapBnd:\s+(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  });

  test(`${runtime}: environment, working directory and arguments`, { skip }, async () => {
    const { output } = await run({
      ...sh('pwd; echo "$A $FROM_IMAGE $0 $1"; echo $PATH'),
      args: ['zero', 'two words'],
      workingDir: '/made/up',
      envs: [{ key: 'A', value: Buffer.from('b c') }],
    });
    assert.equal(output, '/made/up\nb c yes zero two words\n/bin');
  });

  test(`${runtime}: /proc and /sys are guarded, unless privileged`, { skip }, async () => {
    const probe = sh(
      'wc -c < /proc/timer_list',
      'echo x 2>/dev/null > /proc/sys/kernel/domainname && echo sysctl written || echo sysctl guarded',
      'grep -o "/sys sysfs ro" /proc/mounts',
      'cgroup=/sys/fs/cgroup; test -d $cgroup/pids && cgroup=$cgroup/pids',
      'mkdir $cgroup/x 2>&1 | grep -o "Read-only.*"',
      'test -e /dev/kmsg && echo kmsg',
      'true',
    );
    const guarded = await run(probe);
    assert.equal(guarded.output, '0\nsysctl guarded\n/sys sysfs ro\nRead-only file system');
    const own = await run({
      ...sh('ls /opened; wc -c < /etc/passwd; touch /tmp/x; echo $?'),
      linux: { securityContext: { maskedPaths: ['/etc/passwd'], readonlyPaths: ['/tmp'] } },
    });
    assert.match(own.output, /^0$/m);
    assert.match(own.output, /Read-only file system/);
    const free = await run(
      {
        ...sh(
          'mount | grep -E " /sys | /proc/sys "; test -e /dev/kmsg && echo kmsg; test -e /dev/loop-control && echo loop',
        ),
        linux: { securityContext: { privileged: true } },
      },
      { sandbox: privilegedSandbox() },
    );
    assert.match(free.output, /on \/sys type sysfs \(rw/);
    assert.ok(!free.output.includes('/proc/sys'));
    if (existsSync('/dev/kmsg')) assert.match(free.output, /kmsg/);
  });

  test(`${runtime}: a read-only root takes no writes, its volumes do`, { skip }, async () => {
    const volume = lab.tree(`vol-${runtime}`);
    const { output } = await run({
      ...sh('touch /x; touch /data/x && echo data'),
      mounts: [{ containerPath: '/data', hostPath: volume }],
      linux: { securityContext: { readonlyRootfs: true } },
    });
    assert.match(output, /\/x: Read-only file system/);
    assert.match(output, /data$/);
    assert.ok(existsSync(join(volume, 'x')));
  });

  test(`${runtime}: volumes that the image declares take writes under a read-only root`, { skip }, async () => {
    const declares = lab.image(
      [
        lab.busyboxLayer({ 'var/data/first': 'image', links: undefined }),
        lab.layer({}, (root) => symlinkSync('/var/data', join(root, 'link'))),
      ],
      { Volumes: { '/var/data': {}, '/made/again': {}, '/link/below': {} } },
    );
    const config = {
      ...sh(
        'cat /var/data/first; echo; touch /x /var/x; touch /var/data/x /made/again/x /link/below/x && ls /var/data',
      ),
      linux: { securityContext: { readonlyRootfs: true } },
    };
    const { output } = await lab.run(declares, config, { handler }, runtime);
    assert.equal(output.match(/Read-only file system/g)?.length, 2, output);
    assert.match(output, /^image\n[^]*below\nfirst\nx$/);
  });

  test(`${runtime}: mounts appear in their order, read-only where asked`, { skip }, async () => {
    const outer = lab.tree(`outer-${runtime}`, { 'inner/hidden': '', file: 'outer' });
    const inner = lab.tree(`inner-${runtime}`, { shown: '' });
    const hosts = join(lab.tree(`files-${runtime}`, { hosts: '1.2.3.4 own\n' }), 'hosts');
    const { output } = await run({
      ...sh('ls /m/inner; cat /etc/hosts; touch /m/x; echo y > /m/inner/y && echo written'),
      mounts: [
        { containerPath: '/m/inner', hostPath: inner },
        { containerPath: '/m', hostPath: outer, readonly: true },
        { containerPath: '/etc/hosts', hostPath: hosts },
      ],
    });
    assert.equal(output.replace(/^touch.*\n/m, ''), 'shown\n1.2.3.4 own\nwritten');
    assert.match(output, /Read-only file system/);
  });

  test(`${runtime}: an image volume shows the image, and no write gets through`, { skip }, async () => {
    const volume = lab.image([lab.layer({ 'a/one': '1' }, () => {}), lab.layer({ 'a/two': '2' }, () => {})]);
    const mounts = [
      { containerPath: '/whole', image: { image: 'vol' }, readonly: true },
      { containerPath: '/part', image: { image: 'vol' }, imageSubPath: 'a', readonly: true },
    ];
    const { output } = await run(
      { ...sh('ls /whole/a /part; touch /whole/x; touch /part/x'), mounts },
      { volumeImages: { vol: volume } },
    );
    assert.equal(output.match(/one\ntwo/g)?.length, 2);
    assert.equal(output.match(/Read-only file system/g)?.length, 2);
  });

  test(`${runtime}: pod namespaces, names and files are joined`, { skip }, async () => {
    const sandbox = lab.sandbox({ hostname: 'pod-name', linux: {} }, { ips: ['10.1.2.3'] });
    const directory = sandbox.directory;
    sandbox.namespaces = lab.pin(directory, ['net', 'ipc', 'uts'], 'pod-name');
    for (const [name, text] of Object.entries({ 'resolv.conf': 'nameserver 9.9.9.9\n', hostname: 'pod-name\n' })) {
      writeFileSync(join(directory, name), text);
    }
    lab.tree(`state/sandboxes/${sandbox.id}/shm`);
    mount({ source: 'shm', target: join(directory, 'shm'), type: 'tmpfs', data: 'size=3m' });
    const pid = { namespaceOptions: { pid: NamespaceMode.CONTAINER } };
    const { output } = await run(
      {
        ...sh(
          'hostname; echo $HOSTNAME; cat /etc/resolv.conf /etc/hostname; readlink /proc/self/ns/net; mount | grep /dev/shm; echo $$; grep pod-name /etc/hosts',
        ),
        linux: { securityContext: pid },
      },
      { sandbox },
    );
    const lines = output.split('\n');
    assert.deepEqual(lines.slice(0, 4), ['pod-name', 'pod-name', 'nameserver 9.9.9.9', 'pod-name']);
    const stat = spawnSync('stat', ['-Lc', '%i', sandbox.namespaces.net ?? ''])
      .stdout.toString()
      .trim();
    assert.equal(lines[4], `net:[${stat}]`);
    assert.match(lines[5] ?? '', /size=3072k/);
    assert.deepEqual(lines.slice(6), ['1', '10.1.2.3\tpod-name']);
  });

  test(`${runtime}: the pid namespace of another process, and the host's`, { skip }, async () => {
    const node = {
      namespaceOptions: { network: NamespaceMode.NODE, ipc: NamespaceMode.NODE, pid: NamespaceMode.NODE },
    };
    const read = { ...sh('readlink /proc/self/ns/pid'), linux: { securityContext: node } };
    const host = spawnSync('readlink', ['/proc/self/ns/pid']).stdout.toString().trim();
    assert.equal((await run(read, { sandbox: lab.sandbox({ linux: { securityContext: node } }) })).output, host);
    const target = { namespaceOptions: { ...node.namespaceOptions, pid: NamespaceMode.TARGET, targetId: 'x' } };
    const joined = await run({ ...read, linux: { securityContext: target } }, { targetPid: process.pid });
    assert.equal(joined.output, host);
  });

  test(`${runtime}: seccomp RuntimeDefault stops what it should, and lets programs work`, { skip }, async () => {
    const probe = sh(
      'unshare -U true; echo $?; grep Seccomp: /proc/self/status; ls / | wc -l; (sleep 0 & wait) && echo forks',
    );
    const securityContext = { seccomp: { profileType: 0 as const } };
    const { output } = await run({ ...probe, linux: { securityContext } });
    assert.match(output, /unshare.*Operation not permitted\n1\nSeccomp:\s+2\n\d+\nforks/);
    const profile = join(lab.tree(`seccomp-${runtime}`), 'p.json');
    writeFileSync(
      profile,
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 }],
      }),
    );
    const localhost = { seccompProfilePath: `localhost/${profile}` };
    assert.match(
      (await run({ ...sh('mkdir /tmp/x'), linux: { securityContext: localhost } })).output,
      /Permission denied/,
    );
    assert.match((await run({ ...sh('grep Seccomp: /proc/self/status') })).output, /Seccomp:\s+0/);
  });

  test(`${runtime}: devices are there with their permissions, others are not`, { skip }, async () => {
    symlinkSync('/dev/null', lab.path(`link-${runtime}`));
    const { output } = await run({
      ...sh('stat -c "%F %t:%T" /dev/mine; echo x > /dev/mine && echo written; mknod /tmp/k c 1 2 && head -c1 /tmp/k'),
      devices: [{ containerPath: '/dev/mine', hostPath: lab.path(`link-${runtime}`), permissions: 'rw' }],
    });
    assert.match(output, /^character special file 1:3\nwritten/);
    assert.match(output, /Operation not permitted/);
  });

  test(`${runtime}: limits reach the cgroup`, { skip }, async () => {
    const memory =
      hostFacts().hugetlb !== undefined && existsSync('/sys/fs/cgroup/memory')
        ? '/sys/fs/cgroup/memory/memory.limit_in_bytes'
        : '/sys/fs/cgroup/memory.max';
    const { output } = await run({
      ...sh(`cat ${memory}; cat /proc/self/oom_score_adj`),
      linux: {
        resources: {
          memoryLimitInBytes: 64n << 20n,
          cpuShares: 256n,
          cpuQuota: 20000n,
          cpuPeriod: 100000n,
          oomScoreAdj: 900n,
          hugepageLimits: [{ pageSize: '2MB', limit: 0n }],
        },
      },
    });
    assert.equal(output, `${64 << 20}\n900`);
  });

  test(`${runtime}: mounts pass between host and container as their propagation says`, { skip }, async () => {
    const shared = lab.tree(`shared-${runtime}`, { sub: undefined });
    mount({ source: 'prop', target: shared, type: 'tmpfs' });
    try {
      setPropagation(shared, 'shared');
      const config = (propagation: 1 | 2) => ({
        ...sh('mkdir -p /p/here; mount -t tmpfs none /p/here && echo mounted'),
        mounts: [{ containerPath: '/p', hostPath: shared, propagation }],
        linux: { securityContext: { privileged: true } },
      });
      const visible = () => readFileSync('/proc/self/mountinfo', 'utf8').includes(`${shared}/here`);
      assert.match((await run(config(1), { sandbox: privilegedSandbox() })).output, /mounted/);
      assert.equal(visible(), false);
      assert.match((await run(config(2), { sandbox: privilegedSandbox() })).output, /mounted/);
      assert.equal(visible(), true);
      unmount(join(shared, 'here'));
    } finally {
      unmount(shared, { detach: true });
    }
  });

  test(`${runtime}: the infra bundle starts, as nobody and without powers`, {
    skip: skip || (existsSync('/usr/bin/catatonit') ? false : 'needs catatonit'),
  }, async () => {
    // All on the host: what is joined is tested above.
    const node = { network: NamespaceMode.NODE, ipc: NamespaceMode.NODE, pid: NamespaceMode.POD };
    const sandbox = lab.sandbox({ linux: { securityContext: { namespaceOptions: node } } });
    const request = BuildInfraBundleRequest.create({ sandbox, handler });
    const { bundle = '' } = await buildInfraBundle(request, lab.context);
    const started = lab.startDetached(bundle, sandbox.id, runtime);
    try {
      // The runtime answers a moment before its init becomes the program.
      const command = () => readFileSync(`/proc/${started.pid}/cmdline`, 'utf8');
      for (let tries = 0; tries < 200 && !command().includes('catatonit'); tries++) await sleep(10);
      const status = readFileSync(`/proc/${started.pid}/status`, 'utf8');
      assert.match(status, /Uid:\s+65535/);
      assert.match(status, /CapBnd:\s+0+\n/);
      assert.match(status, /NSpid:\s+\d+\s+1\n/);
      assert.match(command(), /catatonit\0-P/);
    } finally {
      started.stop();
    }
    await removeBundle({ id: sandbox.id }, lab.context);
  });
}

test('nothing is left mounted but what the tests pinned', { skip: cannotRun() }, () => {
  assert.deepEqual(
    lab.mounts().filter((target) => !target.includes('/state/sandboxes/')),
    [],
  );
});
