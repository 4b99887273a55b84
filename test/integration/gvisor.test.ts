import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { ContainerState, NamespaceMode, Protocol, SecurityProfile_ProfileType } from '@slipway/cri';
import { freePort } from '@slipway/test-servers';
import { limitsOf } from '../support/cgroup-limits.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, parseLog, podConfig, shell } from '../support/pod.js';
import { replaced, signalProcess } from '../support/processes.js';
import { until } from '../support/until.js';

const server = (words: string): string => `while :; do echo "${words}" | nc -l -p 8080; done`;

describe('pods on gVisor', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun', 'runsc'] });
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  const address = async ({ id }: Pod): Promise<string> =>
    (await lab.cri.podSandboxStatus({ podSandboxId: id })).status?.network?.ip ?? '';
  const listens = (pod: Pod): Promise<true> =>
    until('the server listens', async () => (await ask(await address(pod), 8080)) !== undefined || undefined);

  /** What a container hears from the server of a pod. */
  const reached = async (from: Pod, id: string, to: Pod): Promise<string> => {
    const command = ['nc', '-w', '5', await address(to), '8080'];
    return await until('an answer', () => from.exec(id, ...command).catch(() => undefined));
  };

  test('three containers share one kernel and its network, and nothing else', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node), 'runsc');
    const one = await pod.start(shell(image, `echo mine >/tmp/file; ${server('by loopback')}`));
    await listens(pod);
    const two = await pod.start(shell(image, 'cat /tmp/file; echo to stderr >&2; exec sleep 1000'));
    const loopback = ['nc', '-w', '5', '127.0.0.1', '8080'];
    const heard = await until('an answer', () => pod.exec(two, ...loopback).catch(() => undefined));
    assert.equal(heard, 'by loopback\n');
    assert.match(await pod.exec(two, 'dmesg'), /gVisor/i, 'the kernel is not the host’s');
    const three = await pod.start(shell(image, 'exit 42'));
    assert.deepEqual([(await pod.exited(three)).exitCode, (await pod.exited(three)).reason], [42, 'Error']);
    const log = await until('both lines', async () => {
      const lines = await pod.log(two);
      return lines.length >= 2 && lines;
    });
    assert.deepEqual(
      log.map(({ stream }) => stream),
      ['stderr', 'stderr'],
      'the first one’s file is not there, and says so',
    );
    await cri.stopContainer({ containerId: two, timeout: 0n });
    assert.equal((await pod.status(two)).exitCode, 137);
    assert.equal((await pod.status(one)).state, ContainerState.CONTAINER_RUNNING, 'the others run on');
    await cri.removeContainer({ containerId: two });
    const again = await pod.start(shell(image, 'exit 0'));
    assert.equal((await pod.exited(again)).reason, 'Completed', 'a container that ended is replaced');
  });

  test('traffic runs in and out: host ports, and pods of either handler', async () => {
    const { cri, node, image } = lab;
    const hostPort = await freePort();
    const portMappings = [{ protocol: Protocol.TCP, containerPort: 8080, hostPort }];
    const [guarded, plain] = await Promise.all([
      Pod.run(cri, podConfig(node, { portMappings }), 'runsc'),
      Pod.run(cri, podConfig(node), 'crun'),
    ]);
    const inside = await guarded.start(shell(image, server('from gVisor')));
    const outside = await plain.start(shell(image, server('from crun')));
    await Promise.all([listens(guarded), listens(plain)]);
    // The server is away for a moment after each connection.
    const answered = await until('an answer by the host port', () => ask('127.0.0.1', hostPort));
    assert.equal(answered, 'from gVisor\n');
    assert.equal(await reached(plain, outside, guarded), 'from gVisor\n');
    assert.equal(await reached(guarded, inside, plain), 'from crun\n');
    const other = await Pod.run(cri, podConfig(node), 'runsc');
    const client = await other.start(shell(image, 'exec sleep 1000'));
    assert.equal(await reached(other, client, guarded), 'from gVisor\n');
    await cri.stopPodSandbox({ podSandboxId: guarded.id });
    assert.equal(await ask('127.0.0.1', hostPort), undefined, 'it closes with the pod');
  });

  test('names are resolved by the pod’s own resolver', async () => {
    const { cri, node, image } = lab;
    const gateway = node.place.subnet.replace(/0\/24$/, '1');
    const first = await Pod.run(cri, podConfig(node, { dnsConfig: { servers: [gateway] } }), 'runsc');
    // The bridge has its address by now.
    const resolver = await serveDns(gateway, '192.0.2.7');
    try {
      const id = await first.start(shell(image, 'exec sleep 1000'));
      assert.match(await first.exec(id, 'cat', '/etc/resolv.conf'), new RegExp(`^nameserver ${gateway}$`, 'm'));
      assert.match(await first.exec(id, 'nslookup', '-type=a', 'service.test'), /Address:\s+192\.0\.2\.7/);
    } finally {
      resolver.close();
    }
  });

  test('a memory limit holds: the pod is killed and says why', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node), 'runsc');
    const linux = { ...shell(image, '').linux, resources: { memoryLimitInBytes: 48n << 20n } };
    const id = await pod.start(shell(image, 'exec dd if=/dev/zero of=/dev/null bs=300M count=1', { linux }));
    const { exitCode, reason } = await pod.exited(id, 60_000);
    assert.deepEqual([exitCode, reason], [137, 'OOMKilled']);
    await until('the sandbox is not ready', async () => {
      const { status } = await cri.podSandboxStatus({ podSandboxId: pod.id });
      return status?.state === 1 || undefined;
    });
  });

  test('limits are those of all containers together, and follow each change', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node), 'runsc');
    const limited = (memory: bigint, cpuQuota: bigint): Promise<string> => {
      const resources = { memoryLimitInBytes: memory << 20n, cpuQuota, cpuPeriod: 100_000n, cpuShares: 256n };
      return pod.start(shell(image, 'while :; do :; done', { linux: { ...shell(image, '').linux, resources } }));
    };
    const own = 64 << 20;
    const quotaAndMemory = (): string[] => limitsOf(cgroupOf(lab, pod)).slice(1);
    const one = await limited(64n, 10_000n);
    assert.deepEqual(quotaAndMemory(), ['10000', String((64 << 20) + own)]);
    await until('the quota is felt', () => throttled(cgroupOf(lab, pod)) > 2);
    const two = await limited(32n, 20_000n);
    assert.deepEqual(quotaAndMemory(), ['30000', String((96 << 20) + own)]);
    await cri.updateContainerResources({ containerId: one, linux: { cpuQuota: 40_000n } });
    assert.equal(quotaAndMemory()[0], '60000');
    assert.equal((await pod.status(one)).resources?.linux?.cpuQuota, 40_000n);
    await pod.start(shell(image, 'exec sleep 1000'));
    const [quota, memory] = quotaAndMemory();
    assert.ok(quota === '-1' || quota === 'max', 'one has no limit');
    assert.ok(memory === 'max' || Number(memory) > 2 ** 62);
    assert.equal((await pod.status(two)).state, ContainerState.CONTAINER_RUNNING);
  });

  test('an executor that is killed is not noticed: logs go on, exits are found, commands run', async () => {
    const { cri, node, image } = lab;
    const pod = await Pod.run(cri, podConfig(node), 'runsc');
    const writer = await pod.start(shell(image, 'i=0; while :; do echo line $i; i=$((i+1)); sleep 0.05; done'));
    const ends = await pod.start(shell(image, 'sleep 1; exit 9'));
    const waits = await pod.create(shell(image, 'exit 5'));
    await replaced(node, [signalProcess(node, 'executor.runsc-0', 'SIGKILL')]);
    assert.equal((await pod.exited(ends)).exitCode, 9);
    await cri.startContainer({ containerId: waits });
    assert.equal((await pod.exited(waits)).exitCode, 5);
    assert.equal(await pod.exec(writer, 'echo', 'still here'), 'still here\n');
    const { logPath } = await pod.status(writer);
    renameSync(logPath, `${logPath}.1`);
    await cri.reopenContainerLog({ containerId: writer });
    await until('a line in the new file', () => readFileSync(logPath, 'utf8').includes('line') || undefined);
    await cri.stopContainer({ containerId: writer, timeout: 0n });
    const texts = [`${logPath}.1`, logPath].flatMap((file) => parseLog(readFileSync(file, 'utf8')));
    texts.forEach(({ text }, index) => assert.equal(text, `line ${index}`, 'no line is lost'));
  });

  test('a seccomp profile that a container names is heeded', async () => {
    const { cri, node, image } = lab;
    const profile = join(node.place.directory, 'no-mkdir.json');
    const rules = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }];
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: rules }));
    const pod = await Pod.run(cri, podConfig(node), 'runsc');
    const seccomp = { profileType: SecurityProfile_ProfileType.Localhost, localhostRef: profile };
    const config = shell(image, 'mkdir /tmp/one || echo refused; exec sleep 1000');
    const linux = { securityContext: { ...config.linux?.securityContext, seccomp } };
    const id = await pod.start({ ...config, linux });
    const texts = await until('what it says', async () => {
      const lines = (await pod.log(id)).map(({ text }) => text);
      return lines.includes('refused') && lines;
    });
    assert.match(texts.join(), /Operation not permitted/);
  });

  test('what gVisor cannot do is refused in words', async () => {
    const { cri, node, image } = lab;
    const mapped = { mode: NamespaceMode.POD, uids: [{ hostId: 100_000, containerId: 0, length: 65_536 }] };
    const usernsOptions = { ...mapped, gids: mapped.uids };
    const config = podConfig(node, { linux: { securityContext: { namespaceOptions: { pid: 1, usernsOptions } } } });
    await assert.rejects(Pod.run(cri, config, 'runsc'), /gVisor keeps its containers in a user namespace of its own/);
    const pod = await Pod.run(cri, podConfig(node), 'runsc');
    const mounts = [{ containerPath: '/mnt', hostPath: '/tmp', readonly: true, recursiveReadOnly: true }];
    await assert.rejects(pod.create(shell(image, 'exit', { mounts })), /RROUnsupported/);
  });
});

/** What a TCP server says before it closes; undefined when nobody listens. */
function ask(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port, timeout: 3000 });
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(text === '' ? undefined : text));
  });
}

/** A resolver that knows one address for every name (RFC 1035). */
async function serveDns(host: string, answer: string): Promise<{ close(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 5;
    const head = Buffer.from(query.subarray(0, 12));
    // A response, recursion available; one question, one answer, nothing else.
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt32BE(0x0001_0001, 4);
    head.writeUInt32BE(0, 8);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...answer.split('.').map(Number)]);
    socket.send(Buffer.concat([head, query.subarray(12, end), record]), port, address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(53, host, resolve);
  });
  return socket;
}

/** The cgroup that a sandbox of gVisor runs in, below its pod's. */
function cgroupOf(lab: Lab, { id }: Pod): string {
  return `${lab.node.place.cgroup}/pod${id}/${id}`;
}

/** How many periods of its quota a cgroup has run out in. */
function throttled(cgroup: string): number {
  const v2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const stat = readFileSync(`/sys/fs/cgroup/${v2 ? '' : 'cpu'}${cgroup}/cpu.stat`, 'utf8');
  return Number(/^nr_throttled (\d+)$/m.exec(stat)?.[1] ?? 0);
}
