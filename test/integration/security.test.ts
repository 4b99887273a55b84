import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type DirectoryRights, directoryRights, type ProcessKind, processRights } from '@slipway/capabilities';
import { type Role, rights, roles } from '@slipway/contracts';
import { type LinuxContainerSecurityContext, NamespaceMode, SecurityProfile_ProfileType } from '@slipway/cri';
import { userIds } from '@slipway/linux';
import type { Init } from '@slipway/protobuf';
import { noDefaultUser, redisUser, redisUserLine } from '@slipway/records';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import {
  actualRights,
  directoryState,
  expectedDirectory,
  expectedRights,
  listeningSockets,
  openToOthers,
} from '../support/rights.js';
import { attacksOn, succeeding } from '../support/taken-over.js';
import { until } from '../support/until.js';

const chown = 1n << 0n;
const sysAdmin = 1n << 21n;
const netRaw = 1n << 13n;

describe('what containers may do and see', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  test('removing a container stays within it while another one of its pod swaps directories for links to the host', async () => {
    const [host, shared] = ['host', 'shared'].map((name) => join(lab.node.place.directory, name)) as [string, string];
    mkdirSync(join(host, 'a'), { recursive: true });
    mkdirSync(shared);
    const files = ['1', '2', '3', 'a/4'].map((name) => join(host, name));
    for (const file of files) writeFileSync(file, 'mine');
    const options = { pid: NamespaceMode.POD };
    const linux = { securityContext: { namespaceOptions: options } };
    const pod = await Pod.run(lab.cri, podConfig(lab.node, { linux }));
    const mounts = [{ hostPath: shared, containerPath: '/shared' }];
    // The victim: names as on the host, and a tree whose paths are longer than a path may be.
    const made = 'for i in $(seq 60); do mkdir -p /v/d$i/a; touch /v/d$i/1 /v/d$i/2 /v/d$i/3 /v/d$i/a/4; done';
    const deep = `n=$(printf %0200d 7); cd /v; for i in $(seq 40); do mkdir $n && cd $n; done`;
    const victim = await pod.start(
      shell(lab.image, `${made}; ${deep}; echo $$ > /shared/pid; exec sleep 1000`, { mounts, linux }),
    );
    // The other one stays in the victim's root file system when that is gone.
    const swap = `while :; do for i in $(seq 60); do mv d$i x; ln -s ${host} d$i; rm d$i; mv x d$i; done; done 2>/dev/null`;
    const enter = 'until [ -s /shared/pid ]; do sleep 0.05; done; cd /proc/$(cat /shared/pid)/root/v && echo in';
    const other = await pod.start(shell(lab.image, `${enter}; ${swap}`, { mounts, linux }));
    await until('it holds the directory', async () => (await pod.log(other)).some(({ text }) => text === 'in'));
    await lab.cri.stopContainer({ containerId: victim, timeout: 0n });
    await lab.cri.removeContainer({ containerId: victim });
    assert.ok(!existsSync(join(lab.node.root, 'bundles', victim)));
    for (const file of files) assert.equal(readFileSync(file, 'utf8'), 'mine');
    await pod.remove();
  });

  test('each process of a node has the rights that the table gives it', () => {
    const { node } = lab;
    const processes = [...node.processes(), { name: 'supervisor', pid: node.up.pid }];
    const kinds = new Set<string>();
    for (const { name, pid = 0 } of processes) {
      const kind = name.split(/[.-]/)[0] as ProcessKind;
      const { user, ...row } = processRights[kind];
      const { groups, ...actual } = actualRights(pid);
      assert.deepEqual(actual, expectedRights(row, user ? (userIds(user)?.uid ?? 0) : 0), name);
      if (user) assert.equal(groups, '', name);
      kinds.add(kind);
    }
    assert.deepEqual(
      [...kinds].sort(),
      Object.keys(processRights)
        .filter((kind) => kind !== 'decompressor')
        .sort(),
    );
  });

  test('each directory of a node has the owner, the group and the mode that the table gives it', () => {
    const { node } = lab;
    for (const row of Object.values<DirectoryRights>(directoryRights)) {
      const path = join(node[row.base], row.path);
      // Only a node of a site has files for a hub.
      if (row === directoryRights.hubFiles && !existsSync(path)) continue;
      assert.equal(directoryState(path), expectedDirectory(row), path);
    }
  });

  test('each role of a node has a user in Redis and on NATS with the rights of the table', () => {
    const { node } = lab;
    const words = (line: string): string => line.replace(/#\w+/, '#password');
    const users = readFileSync(join(node.state, 'redis.conf'), 'utf8').matchAll(/^user .*$/gm);
    const expected = roles.flatMap((role) => {
      const user = redisUser(role, node.settings.node);
      return user ? [words(redisUserLine(user, '0'))] : [];
    });
    assert.deepEqual([...users].map(([line]) => words(line)).sort(), [noDefaultUser, ...expected].sort());
    const bus = [...readFileSync(join(node.state, 'nats.conf'), 'utf8').matchAll(/# (\w+)\n.*publish: (\{.*?\})/g)];
    assert.deepEqual(bus.map(([, role = '']) => role).sort(), [...roles].sort());
    for (const [, role, publish = ''] of bus) {
      const events = [...publish.matchAll(/\.events\.(\w+)"/g)].map(([, kind]) => kind);
      assert.deepEqual(events, rights[role as Role].events, role);
      // Only these two command stages.
      const commands = /"slipway\.[^"]*\.executor\.>"/.test(publish);
      assert.equal(commands, role === 'gateway' || role === 'operator', role);
    }
  });

  test('other users of the host and pods of its network reach no file of a node, and no socket but ports of loopback', async () => {
    const { node } = lab;
    const pod = await Pod.run(lab.cri, podConfig(node));
    await pod.start(shell(lab.image, 'exec sleep 1000'));
    // Whoever goes into the directory of Redis finds a socket that lets in root and the gateway's group only.
    assert.deepEqual(
      openToOthers(node.state, () => false),
      [
        { path: 'redis', mode: '2711' },
        { path: 'sandboxes', mode: '711' },
      ],
    );
    const socket = statSync(join(node.state, 'redis/redis.sock'));
    assert.deepEqual([socket.uid, socket.mode & 0o777], [0, 0o660]);
    // Copies of the host's programs, with nothing of anybody's.
    const program = /^(wrappers\/(crun|runsc)-|infra$)/;
    const open = openToOthers(node.root, (path) => program.test(path));
    // Directories that containers with user namespaces go through; nobody may list them.
    assert.deepEqual(
      open.filter(({ path, mode }) => mode !== '711' || path.includes('/')),
      [],
    );
    const pids = [node.up.pid ?? 0, ...node.processes().map(({ pid = 0 }) => pid)];
    const sockets = listeningSockets(pids);
    const ports = sockets.filter((address) => /:\d+$/.test(address));
    // One of NATS, which wants a key, and one of each service with its health and figures.
    assert.equal(ports.length, 1 + node.processes().filter(({ http }) => http).length);
    assert.ok(
      ports.every((address) => address.startsWith('127.0.0.1:')),
      ports.join(),
    );
    assert.deepEqual(
      sockets.filter((address) => !ports.includes(address)).map((path) => relative(node.state, path)),
      ['cadvisor.sock', 'nri.sock', 'redis/redis.sock', 'slipway.sock'],
    );
    await pod.remove();
  });

  /** Attacks that a process with capabilities cannot make, by its row; the others have no attack that they can make. */
  const refused: Partial<Record<ProcessKind, string[]>> = {
    gateway: [
      'write a file of the host',
      'make a setuid program',
      'write into the state directory',
      'write into a layer',
      'connect to the CRI',
      'signal another process',
      'read the memory of another process',
      'read the environment of another process',
      'enter namespaces of another process',
      'mount a file system',
      'make a device',
      'make a user namespace',
      'trace a process',
      'change the host name',
      'give the host an address',
      'change a setting of the kernel',
    ],
    puller: [
      'read the memory of another process',
      'enter namespaces of another process',
      'mount a file system',
      'make a user namespace',
      'trace a process',
      'change the host name',
      'give the host an address',
    ],
    builder: ['trace a process'],
  };

  test('whoever takes over one process of a node cannot make the attacks that its rights exclude', async () => {
    const { node } = lab;
    const pod = await Pod.run(lab.cri, podConfig(node));
    await pod.start(shell(lab.image, 'exec sleep 1000'));
    const peer = node.processes().find(({ name }) => name.startsWith('executor'))?.pid ?? 0;
    const attacks = attacksOn(node, peer);
    const names = Object.keys(attacks);
    // Root can make all of them: a script that fails for want of a program would prove nothing.
    assert.deepEqual(await succeeding(processRights.supervisor, attacks), names);
    for (const kind of ['nats', 'redis', 'decompressor', 'gateway', 'puller', 'builder'] as const) {
      const made = await succeeding(processRights[kind], attacks);
      const wrong = made.filter((name) => (refused[kind] ?? names).includes(name));
      assert.deepEqual(wrong, [], kind);
    }
    await pod.remove();
  });

  for (const handler of ['crun', 'runc']) {
    describe(`on ${handler}`, () => {
      let pod: Pod;
      beforeEach(async () => {
        const privileged = { privileged: true, namespaceOptions: { pid: NamespaceMode.CONTAINER } };
        pod = await Pod.run(lab.cri, podConfig(lab.node, { linux: { securityContext: privileged } }), handler);
      });

      /** Runs a script in a container of a security context; answers its output. */
      const output = async (script: string, securityContext: Init<LinuxContainerSecurityContext> = {}) => {
        const context = { namespaceOptions: { pid: NamespaceMode.CONTAINER }, ...securityContext };
        const id = await pod.start(shell(lab.image, script, { linux: { securityContext: context } }));
        await pod.exited(id);
        return (await pod.log(id)).map(({ text }) => text);
      };
      const status = async (securityContext?: Init<LinuxContainerSecurityContext>) => {
        const lines = await output('cat /proc/self/status', securityContext);
        return (field: string) => lines.find((line) => line.startsWith(`${field}:`))?.split('\t')[1] ?? '';
      };
      const caps = (field: string) => BigInt(`0x${field}`);

      test('capabilities: a default set, added to and dropped from; none for other users', async () => {
        const usual = caps((await status())('CapEff'));
        assert.ok((usual & chown) !== 0n && (usual & sysAdmin) === 0n);
        const changed = await status({
          capabilities: { addCapabilities: ['SYS_ADMIN'], dropCapabilities: ['CAP_CHOWN'] },
        });
        assert.ok((caps(changed('CapEff')) & sysAdmin) !== 0n && (caps(changed('CapEff')) & chown) === 0n);
        const one = await status({ capabilities: { dropCapabilities: ['ALL'], addCapabilities: ['NET_RAW'] } });
        assert.equal(caps(one('CapEff')), netRaw);
        assert.equal(caps(one('CapBnd')), netRaw);
        const app = await status({ runAsUser: { value: 1000n } });
        assert.equal(caps(app('CapEff')), 0n);
      });

      test('privileged: all that the host has, devices, and a writable /sys; else masked and read-only', async () => {
        const seen =
          'grep CapEff /proc/self/status | cut -f2; grep Seccomp: /proc/self/status | cut -f2;' +
          'ls /dev | wc -l; grep -c " /sys sysfs rw" /proc/mounts; cat /proc/kcore 2>/dev/null | head -c 1 | wc -c;' +
          'echo > /proc/sys/kernel/domainname && echo wrote';
        const [eff = '', seccomp, devices, sys, , wrote] = await output(`(${seen}) 2>/dev/null`, { privileged: true });
        const bounding = /CapBnd:\t(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
        assert.equal(caps(eff), caps(bounding));
        assert.deepEqual([seccomp, sys, wrote], ['0', '1', 'wrote']);
        const usual = await output(`(${seen}) 2>/dev/null`);
        assert.ok(Number(devices) > Number(usual[2]), 'the host’s devices are there');
        assert.deepEqual(usual.slice(3), ['0', '0'], '/sys is read-only, /proc/kcore is empty, /proc/sys is read-only');
        const masked = await output('ls /proc/acpi /sys/firmware | grep -v : | tr -d "\\n"; cat /proc/keys | wc -c');
        assert.deepEqual(masked, ['0']);
      });

      test('the root file system can be read-only', async () => {
        const script = 'echo > /file && echo wrote; echo > /tmp/file && echo wrote; echo > /dev/shm/file && echo shm';
        assert.deepEqual(await output(`(${script}) 2>/dev/null`, { readonlyRootfs: true }), ['shm']);
        assert.deepEqual(await output(`(${script}) 2>/dev/null`), ['wrote', 'wrote', 'shm']);
      });

      test('no_new_privs and seccomp are as asked', async () => {
        const strict = await status({
          noNewPrivs: true,
          seccomp: { profileType: SecurityProfile_ProfileType.RuntimeDefault },
        });
        assert.deepEqual([strict('NoNewPrivs'), strict('Seccomp')], ['1', '2']);
        const open = await status({ seccomp: { profileType: SecurityProfile_ProfileType.Unconfined } });
        assert.deepEqual([open('NoNewPrivs'), open('Seccomp')], ['0', '0']);
        const profile = join(lab.node.place.directory, 'profile.json');
        const rule = { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' };
        writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] }));
        const own = { profileType: SecurityProfile_ProfileType.Localhost, localhostRef: profile };
        const tried = await output('mkdir /tmp/new 2>/dev/null || echo refused', { seccomp: own });
        assert.deepEqual(tried, ['refused']);
      });

      test('users by number and name, with their groups', async () => {
        const who = 'id -u; id -g; id -G';
        assert.deepEqual(await output(who, { runAsUsername: 'app' }), ['1000', '1000', '1000 2000']);
        const more: Init<LinuxContainerSecurityContext> = {
          runAsUser: { value: 1000n },
          runAsGroup: { value: 3000n },
          supplementalGroups: [4000n],
        };
        const [uid, gid, groups = ''] = await output(who, more);
        assert.deepEqual([uid, gid], ['1000', '3000']);
        assert.deepEqual(new Set(groups.split(' ')), new Set(['3000', '2000', '4000']));
        const [, , strict = ''] = await output(who, { ...more, supplementalGroupsPolicy: 1 });
        assert.deepEqual(new Set(strict.split(' ')), new Set(['3000', '4000']));
      });

      test('mounts: read-only, through a symlink, of a path that is not there yet', async () => {
        const host = join(lab.node.place.directory, `volumes-${handler}`);
        mkdirSync(join(host, 'real'), { recursive: true });
        writeFileSync(join(host, 'real/note'), 'hello\n');
        symlinkSync('real', join(host, 'link'));
        const mounts = [
          { hostPath: join(host, 'real'), containerPath: '/ro', readonly: true },
          { hostPath: join(host, 'link'), containerPath: '/rw' },
          { hostPath: join(host, 'new/deep'), containerPath: '/made' },
          { hostPath: join(host, 'real/note'), containerPath: '/etc/note' },
        ];
        const script =
          'cat /ro/note /rw/note /etc/note; touch /ro/x 2>/dev/null || echo refused; echo back > /rw/back; touch /made/x';
        const id = await pod.start(shell(lab.image, script, { mounts }));
        await pod.exited(id);
        assert.deepEqual(
          (await pod.log(id)).map(({ text }) => text),
          ['hello', 'hello', 'hello', 'refused'],
        );
        assert.equal(readFileSync(join(host, 'real/back'), 'utf8'), 'back\n');
        assert.ok(existsSync(join(host, 'new/deep/x')));
        assert.deepEqual(
          (await pod.status(id)).mounts.map(({ containerPath }) => containerPath),
          mounts.map(({ containerPath }) => containerPath),
        );
      });

      test('sysctls and DNS settings of the pod', async () => {
        const sysctls = { 'net.ipv4.ip_local_port_range': '2000 3000', 'kernel.shm_rmid_forced': '1' };
        const dnsConfig = { servers: ['10.0.0.10', '10.0.0.11'], searches: ['a.test', 'b.test'], options: ['ndots:5'] };
        const config = podConfig(lab.node, { dnsConfig });
        const own = await Pod.run(lab.cri, { ...config, linux: { ...config.linux, sysctls } }, handler);
        const id = await own.start(
          shell(
            lab.image,
            'cat /proc/sys/net/ipv4/ip_local_port_range /proc/sys/kernel/shm_rmid_forced /etc/resolv.conf',
          ),
        );
        await own.exited(id);
        assert.deepEqual(
          (await own.log(id)).map(({ text }) => text.replaceAll('\t', ' ')),
          ['2000 3000', '1', 'search a.test b.test', 'nameserver 10.0.0.10', 'nameserver 10.0.0.11', 'options ndots:5'],
        );
      });

      test('limits are written to the container’s cgroup', async () => {
        const resources = { memoryLimitInBytes: 64n << 20n, cpuQuota: 50_000n, cpuPeriod: 100_000n, cpuShares: 512n };
        const id = await pod.start(
          shell(lab.image, 'exec sleep 1000', {
            linux: { resources, securityContext: { namespaceOptions: { pid: NamespaceMode.CONTAINER } } },
          }),
        );
        const shown = (await pod.status(id)).resources?.linux;
        assert.equal(shown?.memoryLimitInBytes, resources.memoryLimitInBytes);
        assert.equal(shown?.cpuQuota, resources.cpuQuota);
        const { info } = await lab.cri.containerStatus({ containerId: id, verbose: true });
        const { pid } = JSON.parse(info['info'] ?? '{}') as { pid: number };
        const cgroups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
        const v1 = /^\d+:memory:(.*)$/m.exec(cgroups)?.[1];
        const file = v1
          ? `/sys/fs/cgroup/memory${v1}/memory.limit_in_bytes`
          : `/sys/fs/cgroup${/^0::(.*)$/m.exec(cgroups)?.[1]}/memory.max`;
        assert.equal(readFileSync(file, 'utf8').trim(), String(64 << 20));
      });
    });
  }
});
