import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type Duplex, PassThrough, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before, describe, test, type TestContext } from 'node:test';
import { NamespaceMode } from '@slipway/cri';
import { openPortForward, runRemoteCommand } from '@slipway/streaming';
import { criClient } from '@slipway/testbed';
import { failureOf } from '../support/failure.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { commandLine, processesOf, replaced, signalProcess } from '../support/processes.js';
import { openSession, spdyCommand, webSocketCommand } from '../support/streaming.js';
import { until } from '../support/until.js';

const forever = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
const hooks = { timeout: 120_000 };

describe('exec, attach and port-forward', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun', 'runc', 'runsc'] });
  }, hooks);
  afterEach(() => lab.clear(), hooks);
  after(() => lab.close(), hooks);

  const running = async (handler: string, script = forever, more = {}): Promise<{ pod: Pod; id: string }> => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node), handler);
    return { pod, id: await pod.start(shell(lab.image, script, more)) };
  };
  const exec = async (containerId: string, cmd: string[], more = {}): Promise<string> =>
    (await lab.cri.exec({ containerId, cmd, stdout: true, stderr: true, ...more })).url;
  const terminal = { tty: true, stdin: true, stderr: false };
  /** What runs in a container by its command line. */
  const inside = (pod: Pod, id: string): Promise<string> => pod.exec(id, 'ps', '-o', 'args');

  for (const handler of ['crun', 'runc', 'runsc']) {
    test(`${handler}: a command has its streams and its exit code`, async () => {
      const { id } = await running(handler);
      const script = 'cat; echo problem >&2; exit 7';
      for (const run of [spdyCommand, webSocketCommand]) {
        const { exitCode, stdout, stderr } = await run(
          await exec(id, ['sh', '-c', script], { stdin: true }),
          Buffer.from('hello\n'),
        );
        assert.deepEqual([exitCode, String(stdout), String(stderr)], [7, 'hello\n', 'problem\n']);
        assert.equal((await run(await exec(id, ['true']))).exitCode, 0);
      }
    });

    test(`${handler}: 20 MB go through a command unchanged`, async () => {
      const { id } = await running(handler);
      const input = randomBytes(20 << 20);
      for (const run of [spdyCommand, webSocketCommand]) {
        const { exitCode, stdout } = await run(await exec(id, ['cat'], { stdin: true }), input);
        assert.equal(exitCode, 0);
        assert.ok(stdout.equals(input), `${stdout.length} bytes came back`);
      }
    });

    test(`${handler}: a terminal has the client's size, also a new one, and hands its exit code on`, async () => {
      const { id } = await running(handler);
      const session = openSession(await exec(id, ['sh'], terminal), { tty: true, size: { rows: 33, columns: 99 } });
      session.stdin.write('stty size; echo TERM=$TERM; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all $((1+1))\n');
      await session.stdout.has(/33 99\r\nTERM=xterm\r\nall 2\r\n/);
      session.resize({ rows: 20, columns: 70 });
      session.stdin.write('until [ "$(stty size)" = "20 70" ]; do sleep 0.05; done; echo resized $((2+2))\n');
      await session.stdout.has(/resized 4/);
      session.stdin.write('exit 9\n');
      assert.equal(await session.done, 9);
    });

    test(`${handler}: a terminal's last bytes arrive`, async () => {
      const { id } = await running(handler);
      const script = 'stty -opost; seq 30000; printf the-end';
      const session = openSession(await exec(id, ['sh', '-c', script], terminal), { tty: true });
      assert.equal(await session.done, 0);
      const wanted = `${Array.from({ length: 30_000 }, (_, at) => at + 1).join('\n')}\nthe-end`;
      assert.ok(session.stdout.text() === wanted, `${session.stdout.text().length} of ${wanted.length} bytes`);
    });

    test(`${handler}: a command that is not there is a failure with its name`, async () => {
      const { id } = await running(handler);
      await assert.rejects(spdyCommand(await exec(id, ['no-such-command'])), /exec failed.*no-such-command/s);
      const session = openSession(await exec(id, ['no-such-command'], terminal), { tty: true });
      await assert.rejects(session.done, /exec failed.*no-such-command/s);
      assert.equal(session.stdout.text(), '');
    });

    test(`${handler}: a client that vanishes ends its command`, async () => {
      const { pod, id } = await running(handler);
      for (const tty of [false, true]) {
        const url = await exec(id, ['sh', '-c', 'echo up; sleep 4321'], tty ? terminal : { stdin: true });
        const session = openSession(url, { tty });
        await session.stdout.has(/up/);
        assert.match(await inside(pod, id), /sleep 4321/);
        session.vanish();
        await until('the command is gone', async () => !/echo up/.test(await inside(pod, id)));
        // gVisor ends the command alone: its children are no processes of the host.
        if (handler !== 'runsc') assert.doesNotMatch(await inside(pod, id), /sleep 4321/);
      }
    });

    test(`${handler}: attached clients see all output, and one of them can write`, async () => {
      const script = 'while read line; do echo "got $line"; echo "heard $line" >&2; done';
      const { pod, id } = await running(handler, script, { stdin: true });
      const open = async (stdin: boolean) =>
        openSession((await lab.cri.attach({ containerId: id, stdin, stdout: true, stderr: true })).url, { stdin });
      const [writer, watcher] = [await open(true), await open(false)];
      // Both are there when both have seen the same line.
      await until('both see a line', async () => {
        writer.stdin.write('ping\n');
        await new Promise((resolve) => setTimeout(resolve, 50));
        return [writer, watcher].every(
          ({ stdout, stderr }) => /got/.test(stdout.text()) && /heard/.test(stderr.text()),
        );
      });
      watcher.vanish();
      writer.stdin.write('after\n');
      await writer.stdout.has(/got after\n$/);
      writer.vanish();
      const next = await open(true);
      await until('the next one is heard', async () => {
        next.stdin.write('next\n');
        await new Promise((resolve) => setTimeout(resolve, 50));
        return /got next/.test(next.stdout.text());
      });
      const log = await pod.log(id);
      assert.ok(log.some(({ stream, text }) => stream === 'stdout' && text === 'got after'));
      assert.ok(log.some(({ stream, text }) => stream === 'stderr' && text === 'heard next'));
      await lab.cri.stopContainer({ containerId: id, timeout: 0n });
      assert.equal(await next.done, 0);
    });

    test(`${handler}: ports answer on both loopbacks, and a refused one spoils nothing`, async (t) => {
      // The container's own server takes one connection. It polls before it reads: in gVisor's release 20221219 a read from
      // an accepted socket whose bytes have not arrived may fail with EAGAIN, though the socket blocks.
      const { pod, id } = await running(handler, `nc -l -p 7000 -e sh -c 'read line; echo "$line"'; sleep 1000`);
      await serveEcho(t, join(lab.node.state, 'sandboxes', pod.id, 'ns/net'));
      const { url } = await lab.cri.portForward({ podSandboxId: pod.id, port: [7001] });
      const session = await openPortForward(url);
      await assert.rejects(buffer(await session.connect(7999)), /port 7999.*(refused|ECONNREFUSED)/s);
      const input = randomBytes(20 << 20);
      assert.equal(await echo(await session.connect(7001), input), 'same');
      const many = Array.from({ length: 20 }, async () =>
        echo(await session.connect(7001), input.subarray(0, 1 << 20)),
      );
      assert.deepEqual(new Set(await Promise.all(many)), new Set(['same']));
      assert.equal(await echo(await session.connect(7002), Buffer.from('six')), 'same');
      await until('the container listens', async () =>
        // State 0A is LISTEN: gVisor shows a socket from its bind on.
        /:1B58 [0-9A-F]+:0000 0A /.test(await pod.exec(id, 'cat', '/proc/net/tcp6')),
      );
      assert.equal(await echo(await session.connect(7000), Buffer.from('from within\n')), 'same');
      await session.close();
    });
  }

  test('a container with a terminal is attached to with its size', async () => {
    const { id } = await running('crun', 'sh', { stdin: true, tty: true });
    const { url } = await lab.cri.attach({ containerId: id, stdin: true, stdout: true, tty: true });
    const session = openSession(url, { tty: true, size: { rows: 31, columns: 91 } });
    session.stdin.write('until [ "$(stty size)" = "31 91" ]; do sleep 0.05; done; echo sized $((1+2))\n');
    await session.stdout.has(/sized 3/);
    session.vanish();
  });

  test('stdin_once ends with the first client that had it, not with one that watched', async () => {
    const { pod, id } = await running('crun', 'cat; echo over', { stdin: true, stdinOnce: true });
    const attach = async (stdin: boolean) =>
      openSession((await lab.cri.attach({ containerId: id, stdin, stdout: true, stderr: true })).url, { stdin });
    const [writer, watcher] = [await attach(true), await attach(false)];
    await until('both see a line', async () => {
      writer.stdin.write('ping\n');
      await new Promise((resolve) => setTimeout(resolve, 50));
      return [writer, watcher].every(({ stdout }) => /ping/.test(stdout.text()));
    });
    watcher.vanish();
    writer.stdin.write('still\n');
    await writer.stdout.has(/still\n/);
    writer.stdin.end();
    await writer.stdout.has(/over\n/);
    assert.equal(await writer.done, 0);
    assert.equal((await pod.exited(id)).exitCode, 0);
  });

  test('a client that reads nothing does not hold the container and its log for long', async () => {
    const { pod, id } = await running('crun', 'read line; seq 300000; echo over', { stdin: true });
    const { url } = await lab.cri.attach({ containerId: id, stdin: true, stdout: true, stderr: true });
    const stuck = new Writable({ write: () => undefined });
    const stdin = new PassThrough();
    const ended = assert.rejects(runRemoteCommand(url, { stdin, stdout: stuck, stderr: new PassThrough() }));
    stdin.write('go\n');
    await pod.exited(id, 40_000);
    const lines = (await pod.log(id)).map(({ tag, text }) => (tag === 'P' ? text : `${text}\n`)).join('');
    assert.ok(lines === `${Array.from({ length: 300_000 }, (_, at) => at + 1).join('\n')}\nover\n`);
    stuck.destroy();
    await ended;
  });

  test('a pod on the host network is reached on the host', async () => {
    const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const network = { pid: NamespaceMode.CONTAINER, network: NamespaceMode.NODE };
    const config = podConfig(lab.node, { linux: { securityContext: { namespaceOptions: network } } });
    const pod = await Pod.run(lab.cri, config);
    const session = await openPortForward((await lab.cri.portForward({ podSandboxId: pod.id })).url);
    assert.equal(await echo(await session.connect(port), randomBytes(100_000)), 'same');
    await session.close();
    server.close();
  });

  test('200 commands, fifty at a time, leave nothing behind', async () => {
    for (const handler of ['crun', 'runc']) {
      const { pod, id } = await running(handler);
      const [executor] = processesOf(lab.node, `executor.${handler}`);
      const open = (): number => readdirSync(`/proc/${executor?.pid}/fd`).length;
      await spdyCommand(await exec(id, ['true']));
      const before = open();
      const memory: number[] = [];
      for (let round = 0; round < 4; round++) {
        const numbers = Array.from({ length: 50 }, (_, at) => at);
        const results = await Promise.all(
          numbers.map(async (at) => {
            const tty = at % 5 === 0;
            const url = await exec(id, ['sh', '-c', `echo number ${at}; exit ${at}`], tty ? terminal : {});
            const session = openSession(url, { stdin: tty, tty });
            const exitCode = await session.done;
            return [exitCode, session.stdout.text().trim()];
          }),
        );
        assert.deepEqual(
          results,
          numbers.map((at) => [at, `number ${at}`]),
        );
        memory.push(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${executor?.pid}/status`, 'utf8'))?.[1]));
      }
      // The first rounds warm it up; what a session kept, of its buffers alone, would be 100 KB.
      const [, second = 0, , last = 0] = memory;
      assert.ok(last - second < 10 << 10, `${memory.join(', ')} KB`);
      await until('descriptors are closed', () => open() <= before + 2);
      const commands = (await inside(pod, id)).split('\n').filter((line) => /number/.test(line));
      assert.deepEqual(commands, []);
      const left = readdirSync(`${lab.node.state}/containers/${id}`).filter((name) => name.startsWith('exec-'));
      assert.deepEqual(left, []);
      const children = readdirSync(`/proc/${executor?.pid}/task`).flatMap((task) =>
        readFileSync(`/proc/${executor?.pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
      );
      const lines = children.flatMap((child) => commandLine(child) ?? []);
      assert.deepEqual(
        lines.filter((line) => line === '' || line.includes('number')),
        [],
      );
    }
  });

  test('hostile clients do no harm to others', async (t) => {
    const { id } = await running('crun');
    const session = openSession(await exec(id, ['cat'], { stdin: true }));
    session.stdin.write('before ');
    await session.stdout.has(/before/);
    const [executor] = processesOf(lab.node, 'executor.crun');
    const port = Number(new URL(await exec(id, ['true'])).port);
    const upgrade = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n`;
    const hostile = (text: string, more?: Buffer): void => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(text, 'latin1');
        // As much as it takes, and for as long as the test lasts.
        const send = (): void => {
          while (more && !socket.destroyed && socket.write(more));
        };
        socket.on('drain', send);
        send();
      });
      socket.on('error', () => undefined);
      t.after(() => socket.destroy());
    };
    for (let at = 0; at < 20; at++) {
      hostile('POST /exec/x HTTP/1.1\r\nX-Endless: ', Buffer.alloc(16 << 10, 'a'));
      hostile(upgrade(`/exec/${randomBytes(16).toString('base64url')}`), randomBytes(1000));
      hostile(upgrade(new URL(await exec(id, ['cat'], { stdin: true })).pathname), randomBytes(16 << 10));
      hostile('\x80\x03\x00\x01\x00\xff\xff\xff', randomBytes(1000));
      hostile('GET /attach/');
    }
    // Clients that never read what they asked for.
    const stuck = new Writable({ write: () => undefined });
    const left = new AbortController();
    t.after(() => left.abort());
    for (let at = 0; at < 5; at++) {
      const url = await exec(id, ['yes']);
      runRemoteCommand(url, { stdout: stuck, stderr: new PassThrough(), signal: left.signal }).catch(() => undefined);
    }
    const input = randomBytes(10 << 20);
    const others = await spdyCommand(await exec(id, ['cat'], { stdin: true }), input);
    assert.ok(others.stdout.equals(input));
    const sync = await lab.cri.execSync({ containerId: id, cmd: ['echo', 'sync'], timeout: 10n });
    assert.equal(Buffer.from(sync.stdout).toString(), 'sync\n');
    session.stdin.end('after');
    assert.equal(await session.done, 0);
    assert.equal(session.stdout.text(), 'before after');
    const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${executor?.pid}/status`, 'utf8'))?.[1]);
    assert.ok(memory < 300 << 10, `${memory} KB`);
    left.abort();
  });

  test('children in the background do not hold a command up, and live on', async () => {
    for (const handler of ['crun', 'runc']) {
      const { pod, id } = await running(handler);
      const { stdout } = await spdyCommand(await exec(id, ['sh', '-c', 'sleep 3456 & echo started']));
      assert.equal(String(stdout), 'started\n');
      assert.match(await inside(pod, id), /sleep 3456/);
    }
  });

  test('a URL works once, and anything else is a 404 without a word', async () => {
    const { id } = await running('crun');
    const url = await exec(id, ['true']);
    assert.equal((await spdyCommand(url)).exitCode, 0);
    await assert.rejects(spdyCommand(url), /404/);
    const wrong = await fetch(url.replace(/[^/]+$/, 'AAAAAAAAAAAAAAAAAAAAAA'));
    assert.deepEqual([wrong.status, await wrong.text()], [404, '']);
  });

  test('requests that make no sense are refused, in both versions of the API', async () => {
    const { pod, id } = await running('crun');
    const old = criClient(lab.node.socket, 'v1alpha2');
    assert.equal(
      (await spdyCommand((await old.exec({ containerId: id, cmd: ['true'], stdout: true })).url)).exitCode,
      0,
    );
    for (const cri of [lab.cri, old]) {
      const status = async (call: Promise<unknown>): Promise<string> => (await failureOf(call)).status;
      assert.equal(await status(cri.exec({ containerId: id, cmd: [], stdout: true })), 'INVALID_ARGUMENT');
      assert.equal(await status(cri.exec({ containerId: id, cmd: ['true'] })), 'INVALID_ARGUMENT');
      const both = { containerId: id, tty: true, stdout: true, stderr: true };
      assert.equal(await status(cri.exec({ ...both, cmd: ['true'] })), 'INVALID_ARGUMENT');
      assert.equal(await status(cri.attach(both)), 'INVALID_ARGUMENT');
      assert.equal(await status(cri.attach({ containerId: 'f'.repeat(64), stdout: true })), 'NOT_FOUND');
      assert.equal(await status(cri.portForward({ podSandboxId: 'f'.repeat(64) })), 'NOT_FOUND');
      assert.equal(await status(cri.portForward({ podSandboxId: pod.id, port: [70_000] })), 'INVALID_ARGUMENT');
    }
    old.close();
    const waiting = await exec(id, ['true']);
    await lab.cri.stopContainer({ containerId: id, timeout: 0n });
    await assert.rejects(spdyCommand(waiting), /EXITED/);
    assert.equal((await failureOf(exec(id, ['true']))).status, 'FAILED_PRECONDITION');
    assert.equal((await failureOf(lab.cri.attach({ containerId: id, stdout: true }))).status, 'FAILED_PRECONDITION');
    await lab.cri.stopPodSandbox({ podSandboxId: pod.id });
    assert.equal((await failureOf(lab.cri.portForward({ podSandboxId: pod.id }))).status, 'FAILED_PRECONDITION');
  });

  test('an executor that ends tells its clients why, and ends their commands', async () => {
    const { pod, id } = await running('crun');
    const session = openSession(await exec(id, ['sh', '-c', 'echo up; sleep 4444'], { stdin: true }));
    await session.stdout.has(/up/);
    const executor = signalProcess(lab.node, 'executor.crun', 'SIGTERM');
    await assert.rejects(session.done, /executor restarts/);
    await replaced(lab.node, [executor]);
    assert.doesNotMatch(await inside(pod, id), /4444/);
    assert.equal((await spdyCommand(await exec(id, ['true']))).exitCode, 0);
  });
});

/** Echo servers in a network namespace, on 127.0.0.1 port 7001 and ::1 port 7002. */
async function serveEcho(t: TestContext, netns: string): Promise<void> {
  const script = `
    const { createServer } = require('node:net');
    const serve = (host, port, then) => createServer({ allowHalfOpen: true }, (s) => s.pipe(s)).listen({ host, port }, then);
    serve('127.0.0.1', 7001, () => serve('::1', 7002, () => console.log('ready')));`;
  const child = spawn('nsenter', [`--net=${netns}`, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await once(child.stdout, 'data');
}

/** Sends bytes to an echo server with a half-close, and compares what comes back. */
async function echo(stream: Duplex, bytes: Buffer): Promise<string> {
  stream.end(bytes);
  const back = await buffer(stream).catch((error: Error) => error);
  if (back instanceof Error) return back.message;
  return back.equals(bytes) ? 'same' : `${back.length} other bytes`;
}
