import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { connect } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { Protocol } from '@slipway/cri';
import { freePort } from '@slipway/test-servers';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

describe('host ports', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  test('a TCP port of the host leads to the pod, and closes with it', async () => {
    const { cri, node, image } = lab;
    const hostPort = await freePort();
    const portMappings = [{ protocol: Protocol.TCP, containerPort: 8080, hostPort }];
    const pod = await Pod.run(cri, podConfig(node, { portMappings }));
    const id = await pod.start(shell(image, 'while :; do echo "it answers" | nc -l -p 8080; done'));
    await until('the server listens', async () => (await pod.exec(id, 'netstat', '-ltn')).includes(':8080'));
    const bridge = node.place.subnet.replace(/0\/24$/, '1');
    for (const address of ['127.0.0.1', bridge]) {
      assert.equal(await until(`an answer on ${address}`, () => read(address, hostPort)), 'it answers\n');
    }
    await cri.stopPodSandbox({ podSandboxId: pod.id });
    assert.equal(await read('127.0.0.1', hostPort), undefined);
  });

  test('a UDP port of one host address leads to the pod, and a flow to its next owner', async (t) => {
    const { cri, node, image } = lab;
    const hostPort = await freePort();
    const portMappings = [{ protocol: Protocol.UDP, containerPort: 5353, hostPort, hostIp: '127.0.0.1' }];
    const pod = await Pod.run(cri, podConfig(node, { portMappings }));
    // busybox has no UDP server; the host's perl has.
    const echo = (word: string): string =>
      'use IO::Socket::INET; $s = IO::Socket::INET->new(LocalPort => 5353, Proto => "udp") or die;' +
      `while ($s->recv($text, 100)) { $s->send("${word} $text") }`;
    const mounts = ['/usr', '/lib', '/lib64'].map((path) => ({ containerPath: path, hostPath: path, readonly: true }));
    const server = (word: string) => shell(image, '', { command: ['/usr/bin/perl', '-e', echo(word)], mounts });
    await pod.start(server('echo'));
    // One socket: the kernel remembers where its flow leads for as long as there are packets.
    const socket = createSocket('udp4');
    t.after(() => socket.close());
    assert.equal(await askUdp(socket, '127.0.0.1', hostPort), 'echo hello');
    await cri.stopPodSandbox({ podSandboxId: pod.id });
    const next = await Pod.run(cri, podConfig(node, { portMappings }));
    await next.start(server('again'));
    assert.equal(await askUdp(socket, '127.0.0.1', hostPort), 'again hello');
  });

  test('pods reach each other and the host', async () => {
    const { cri, node, image } = lab;
    const [one, two] = await Promise.all([0, 1].map(() => Pod.run(cri, podConfig(node))));
    assert.ok(one && two);
    const server = await one.start(shell(image, 'while :; do echo "from one" | nc -l -p 8080; done'));
    await until('the server listens', async () => (await one.exec(server, 'netstat', '-ltn')).includes(':8080'));
    const { status } = await cri.podSandboxStatus({ podSandboxId: one.id });
    const client = await two.start(shell(image, 'exec sleep 1000'));
    assert.equal(await two.exec(client, 'nc', '-w', '5', String(status?.network?.ip), '8080'), 'from one\n');
  });
});

/** What a TCP server says before it closes; undefined when nobody listens. */
function read(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port, timeout: 3000 });
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(text === '' ? undefined : text));
  });
}

/** Sends until an answer comes: datagrams get lost, and the server may not listen yet. */
async function askUdp(socket: Socket, host: string, port: number): Promise<string> {
  const answers: string[] = [];
  socket.removeAllListeners('message').on('message', (message) => answers.push(message.toString()));
  // Nobody listens yet.
  socket.removeAllListeners('error').on('error', () => undefined);
  return await until('an answer by UDP', () => {
    socket.send('hello', port, host);
    return answers[0];
  });
}
