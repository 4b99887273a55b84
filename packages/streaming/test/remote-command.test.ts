import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { SlipwayError } from '@slipway/errors';
import { runRemoteCommand } from '../src/remote-command/client.js';
import type { CommandHandler, CommandOptions, SessionOptions, SessionOutcome } from '../src/remote-command/handler.js';
import type { TerminalSize } from '../src/remote-command/resize.js';
import { serveRemoteCommand } from '../src/remote-command/serve.js';
import { controlFrame, dataHeader, FrameType, synStreamPrefix } from '../src/spdy/frames.js';
import { HeaderWriter } from '../src/spdy/header-block.js';
import { dialSpdy } from '../src/spdy/dial.js';
import { pattern, readAll, Sink, source, type TestScope, until, upgradeServer } from './parts.js';

const all: CommandOptions = { stdin: true, stdout: true, stderr: true, tty: false };

interface Served {
  url: string;
  outcomes: SessionOutcome[];
}

async function serve(
  t: TestScope,
  handler: CommandHandler,
  options: CommandOptions & SessionOptions = all,
): Promise<Served> {
  const outcomes: SessionOutcome[] = [];
  const address = await upgradeServer(t, (upgrade) => {
    serveRemoteCommand(upgrade, options, handler).then(
      (outcome) => outcomes.push(outcome),
      (error: Error) => outcomes.push({ end: 'failed', error, bytesReceived: 0, bytesSent: 0 }),
    );
  });
  return { url: `http://${address}/exec/x`, outcomes };
}

/** Says back what it reads, names itself on stderr, and answers the length as exit code. */
const sayBack: CommandHandler = async ({ stdin, stdout, stderr }) => {
  const text = await readAll(stdin ?? source(''));
  stdout?.write(text);
  stderr?.write('done');
  return text.length;
};

test('stdin, both outputs and the exit code pass through', async (t) => {
  const { url, outcomes } = await serve(t, sayBack);
  const [stdout, stderr] = [new Sink(), new Sink()];
  assert.equal(await runRemoteCommand(url, { stdin: source('hello'), stdout, stderr }), 5);
  assert.equal(stdout.text, 'hello');
  assert.equal(stderr.text, 'done');
  await until('the session ends', () => outcomes.length === 1);
  assert.deepEqual({ ...outcomes[0] }, { end: 'done', exitCode: 5, bytesReceived: 5, bytesSent: 9 + statusBytes(5) });
});

function statusBytes(exitCode: number): number {
  return JSON.stringify({
    metadata: {},
    status: 'Failure',
    message: `command terminated with exit code ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  }).length;
}

test('what the handler throws is the client’s error', async (t) => {
  const { url, outcomes } = await serve(t, () => Promise.reject(new Error('no such container')));
  const failed = runRemoteCommand(url, { stdin: source(''), stdout: new Sink(), stderr: new Sink() });
  await assert.rejects(failed, (error) => error instanceof SlipwayError && error.message === 'no such container');
  await until('the session ends', () => outcomes[0]?.end === 'failed');
});

test('20 MB pass both ways unchanged', async (t) => {
  const { url } = await serve(t, async ({ stdin, stdout }) => {
    for await (const chunk of stdin ?? []) {
      if (!stdout?.write(chunk)) await new Promise((resolve) => stdout?.once('drain', resolve));
    }
    return 0;
  });
  const sent = pattern(20_000_000);
  const stdout = new Sink();
  assert.equal(await runRemoteCommand(url, { stdin: source(sent), stdout, stderr: new Sink() }), 0);
  assert.ok(Buffer.concat(stdout.parts).equals(sent));
});

test('a terminal has sizes and no stderr', async (t) => {
  const sizes: TerminalSize[] = [];
  const { url } = await serve(
    t,
    async ({ resize, stderr }) => {
      assert.equal(stderr, undefined);
      for await (const size of resize) {
        sizes.push(size);
        if (size.rows === 50) break;
      }
      return 0;
    },
    { ...all, tty: true },
  );
  async function* terminal(): AsyncGenerator<TerminalSize> {
    yield { rows: 24, columns: 80 };
    await until('the first size arrives', () => sizes.length > 0);
    yield { rows: 50, columns: 132 };
  }
  const code = await runRemoteCommand(url, {
    stdin: new PassThrough(),
    stdout: new Sink(),
    tty: true,
    resize: terminal(),
  });
  assert.equal(code, 0);
  assert.deepEqual(sizes.at(0), { rows: 24, columns: 80 });
  assert.deepEqual(sizes.at(-1), { rows: 50, columns: 132 });
});

test('a client that vanishes aborts the command', async (t) => {
  const reasons: unknown[] = [];
  let entered = false;
  const { url, outcomes } = await serve(t, async ({ signal }) => {
    entered = true;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    reasons.push(signal.reason);
    return 0;
  });
  const abort = new AbortController();
  const running = runRemoteCommand(url, {
    stdin: new PassThrough(),
    stdout: new Sink(),
    stderr: new Sink(),
    signal: abort.signal,
  });
  const vanished = assert.rejects(running);
  await until('the command runs', () => entered);
  abort.abort();
  await vanished;
  await until('the handler is aborted', () => reasons.length === 1 && outcomes[0]?.end === 'gone');
});

test('a client without windows whose stdin nobody reads is seen to vanish', async (t) => {
  let aborted = false;
  const { url } = await serve(t, async ({ signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    aborted = true;
    return 0;
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  socket.write('POST /exec/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n');
  socket.write('X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n');
  const writer = new HeaderWriter();
  for (const [index, streamtype] of ['error', 'stdin', 'stdout', 'stderr'].entries()) {
    const block = writer.write({ streamtype });
    socket.write(controlFrame(FrameType.SYN_STREAM, 0, synStreamPrefix(1 + index * 2), block));
  }
  // More than the session and the kernel hold, so that the end of the connection cannot come through.
  const size = 16_000_000;
  socket.write(dataHeader(3, 0, size));
  socket.write(Buffer.alloc(size));
  let before = -1;
  await until('nothing is read any more', () => {
    const stuck = before === socket.bytesWritten - socket.writableLength;
    before = socket.bytesWritten - socket.writableLength;
    return stuck;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  socket.destroy();
  await until('the handler is aborted', () => aborted);
});

test('a server that stops tells the client why', async (t) => {
  const stop = new AbortController();
  const handler: CommandHandler = () => {
    stop.abort(new Error('the executor restarts'));
    return new Promise<number>(() => undefined);
  };
  const { url, outcomes } = await serve(t, handler, { ...all, signal: stop.signal });
  const running = runRemoteCommand(url, { stdin: new PassThrough(), stdout: new Sink(), stderr: new Sink() });
  await assert.rejects(running, /the executor restarts/);
  await until('the session ends', () => outcomes[0]?.end === 'gone');
});

test('streams that do not come in time end the session with their names', async (t) => {
  const { url, outcomes } = await serve(t, sayBack, { ...all, streamCreationTimeoutMs: 100 });
  const { session } = await dialSpdy(url, { protocols: ['v4.channel.k8s.io'] });
  const error = await session.open({ streamType: 'error' });
  await session.open({ streamType: 'stdout' });
  await assert.rejects(session.open({ streamType: 'stdout' }), 'a second stream of one type');
  await assert.rejects(session.open({ streamType: 'nonsense' }));
  assert.match((await readAll(error)).toString(), /stdin, stderr/);
  await until('the session ends', () => outcomes[0]?.end === 'failed');
});

for (const [protocol, expected] of [
  ['v5.channel.k8s.io', /"reason":"NonZeroExitCode"/],
  ['v4.channel.k8s.io', /"reason":"ExitCode","message":"3"/],
  ['v3.channel.k8s.io', /^command terminated with exit code 3$/],
  ['v2.channel.k8s.io', /^command terminated with exit code 3$/],
  ['channel.k8s.io', /^command terminated with exit code 3$/],
] as const) {
  test(`${protocol} is spoken over SPDY`, async (t) => {
    const { url } = await serve(t, sayBack);
    const dialed = await dialSpdy(url, { protocols: ['v9.channel.k8s.io', protocol] });
    assert.equal(dialed.protocol, protocol);
    const [error, stdin, stdout] = await Promise.all(
      ['error', 'stdin', 'stdout', 'stderr'].map((streamType) => dialed.session.open({ streamType })),
    );
    stdin?.end('abc');
    assert.equal((await readAll(stdout ?? source(''))).toString(), 'abc');
    assert.match((await readAll(error ?? source(''))).toString(), expected);
    await dialed.session.close();
  });
}

async function answer(url: string, headers: Record<string, string>): Promise<{ status: number; accepted: unknown }> {
  return await new Promise((resolve, reject) => {
    const req = request(url, { method: 'POST', agent: false, headers: { Connection: 'Upgrade', ...headers } });
    req.once('response', (response) => {
      response.resume();
      const accepted = response.headers['x-accepted-stream-protocol-versions'];
      response.once('end', () => resolve({ status: response.statusCode ?? 0, accepted }));
    });
    req.once('upgrade', (_response, socket) => {
      socket.destroy();
      resolve({ status: 101, accepted: undefined });
    });
    req.once('error', reject);
    req.end();
  });
}

test('a protocol that the server does not speak is 403 with those it does', async (t) => {
  const { url, outcomes } = await serve(t, sayBack);
  const spdy = { Upgrade: 'SPDY/3.1' };
  const refused = await answer(url, { ...spdy, 'X-Stream-Protocol-Version': 'v6.channel.k8s.io, v7.channel.k8s.io' });
  assert.equal(refused.status, 403);
  assert.match(String(refused.accepted), /v5\.channel\.k8s\.io.*v4\.channel\.k8s\.io/);
  assert.equal((await answer(url, spdy)).status, 400);
  assert.equal((await answer(url, { Upgrade: 'h2c' })).status, 400);
  const listed = { ...spdy, 'X-Stream-Protocol-Version': 'v6.channel.k8s.io,v3.channel.k8s.io' };
  assert.equal((await answer(url, listed)).status, 101);
  await until('all are counted', () => outcomes.length === 4);
  assert.deepEqual(outcomes.map(({ end }) => end).sort(), ['gone', 'refused', 'refused', 'refused']);
});

test('a connection that breaks in the middle of a frame hurts nobody', async (t) => {
  const { url, outcomes } = await serve(t, sayBack);
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('POST /exec/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n');
  socket.write('X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n\x80\x03\x00', 'latin1');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.resetAndDestroy();
  await until('the session ends', () => outcomes[0]?.end === 'gone');
  assert.equal(await runRemoteCommand(url, { stdin: source('x'), stdout: new Sink(), stderr: new Sink() }), 1);
});
