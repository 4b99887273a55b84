import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { SlipwayError } from '@slipway/errors';
import {
  openPortForward,
  runRemoteCommand,
  type StreamingOperation,
  StreamingServer,
  type StreamingServerOptions,
} from '../src/index.js';
import { readAll, Sink, source, tcpServer, type TestScope, until } from './parts.js';

async function start(t: TestScope, options: StreamingServerOptions = {}): Promise<StreamingServer> {
  const server = await StreamingServer.start(options);
  t.after(() => server.close());
  return server;
}

/** Says who it is, so that a token bound to another operation would show. */
function say(text: string): StreamingOperation {
  return {
    kind: 'exec',
    stdin: false,
    stdout: true,
    stderr: false,
    tty: false,
    handler: ({ stdout }) => {
      stdout?.write(text);
      return Promise.resolve(0);
    },
  };
}

const forever: StreamingOperation = {
  ...say(''),
  kind: 'exec',
  handler: () => new Promise(() => undefined),
} as StreamingOperation;

async function run(url: string): Promise<string> {
  const stdout = new Sink();
  await runRemoteCommand(url, { stdout });
  return stdout.text;
}

/** The whole answer to a raw request. */
async function raw(server: StreamingServer, request: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.write(request);
  return (await readAll(socket)).toString();
}

test('a URL is absolute, good once, and bound to its operation', async (t) => {
  const server = await start(t);
  const [one, two] = [server.issue(say('one')), server.issue(say('two'))];
  assert.match(one, /^http:\/\/127\.0\.0\.1:\d+\/exec\/[\w-]{22}$/);
  assert.equal(await run(two), 'two');
  assert.equal(await run(one), 'one');
  await assert.rejects(run(one), /404/);
  await until('both are counted', () => server.counters.ended.done === 2);
  assert.equal(server.counters.issued, 2);
  assert.equal(server.counters.rejected, 1);
  assert.equal(server.counters.open, 0);
});

test('whatever has no valid token is a 404 with no detail, and uses nothing up', async (t) => {
  const server = await start(t);
  const url = server.issue(say('x'));
  const { pathname } = new URL(url);
  const token = pathname.split('/')[2] ?? '';
  const upgrade =
    'Host: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n';
  const requests = [
    `POST /exec/${'A'.repeat(22)} HTTP/1.1\r\n${upgrade}`,
    `POST /attach/${token} HTTP/1.1\r\n${upgrade}`,
    `POST ${pathname}/more HTTP/1.1\r\n${upgrade}`,
    `PUT ${pathname} HTTP/1.1\r\n${upgrade}`,
    `POST / HTTP/1.1\r\n${upgrade}`,
    `POST //../${token} HTTP/1.1\r\n${upgrade}`,
    `GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    `GET /%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  ];
  for (const request of requests) {
    const answer = await raw(server, request);
    assert.match(answer, /^HTTP\/1\.1 404 Not Found\r\n/, request);
    assert.equal(answer.split('\r\n\r\n')[1], '', request);
  }
  assert.equal(server.counters.rejected, requests.length);
  assert.equal(await run(url), 'x');
});

test('a URL expires, and their number is bounded', async (t) => {
  const server = await start(t, { tokenTtlMs: 100, maxTokens: 2 });
  const url = server.issue(say('late'));
  server.issue(say('x'));
  assert.throws(
    () => server.issue(say('x')),
    (error) => error instanceof SlipwayError && error.code === 'LIMIT_EXCEEDED',
  );
  await until('both expire', () => server.counters.expired === 2);
  await assert.rejects(run(url), /404/);
  server.issue(say('x'));
});

test('an operation without any stream is no operation', async (t) => {
  const server = await start(t);
  assert.throws(() => server.issue({ ...say(''), stdout: false } as StreamingOperation), /stdin, stdout and stderr/);
});

test('more sessions than the limit are turned away and may come again', async (t) => {
  const server = await start(t, { maxSessions: 1 });
  const abort = new AbortController();
  const held = runRemoteCommand(server.issue(forever), { stdout: new Sink(), signal: abort.signal });
  await until('the first is open', () => server.counters.open === 1);
  const second = server.issue(say('second'));
  await assert.rejects(run(second), /503/);
  abort.abort();
  await assert.rejects(held);
  await until('the first is gone', () => server.counters.open === 0);
  assert.equal(await run(second), 'second');
});

test('port-forward runs through the server', async (t) => {
  const server = await start(t);
  const port = await tcpServer(t, (socket) => socket.pipe(socket));
  const url = server.issue({
    kind: 'portforward',
    ports: [],
    handler: {
      connect: (wanted) => Promise.resolve(connect({ port: wanted, host: '127.0.0.1', allowHalfOpen: true })),
    },
  });
  const session = await openPortForward(url);
  const stream = await session.connect(port);
  stream.end('through');
  assert.equal((await readAll(stream)).toString(), 'through');
  await session.close();
});

test('closing tells every client the reason, and cuts those that do not go', async () => {
  const server = await StreamingServer.start();
  let started = false;
  const operation = {
    ...forever,
    handler: () => {
      started = true;
      return new Promise(() => undefined);
    },
  } as StreamingOperation;
  const running = runRemoteCommand(server.issue(operation), { stdout: new Sink() });
  await until('the command runs', () => started);
  const port = await openPortForward(
    server.issue({ kind: 'portforward', ports: [], handler: { connect: () => Promise.reject(new Error('x')) } }),
  );
  await until('both are open', () => server.counters.open === 2);
  // A client that never reads its status.
  const stuck = connect(server.port, '127.0.0.1');
  stuck.on('error', () => undefined);
  stuck.write(
    `POST ${new URL(server.issue(forever)).pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n`,
  );
  await until('all are open', () => server.counters.open === 3);
  stuck.pause();
  const closed = server.close('the executor is replaced', 300);
  assert.throws(() => server.issue(say('x')), /closing/);
  await assert.rejects(running, /the executor is replaced/);
  await port.closed;
  await closed;
  assert.equal(server.counters.open, 0);
  stuck.destroy();
});

test('hostile connections do no harm to a session that runs', async (t) => {
  const server = await start(t);
  const stdin = new PassThrough();
  const stdout = new Sink();
  const echo: StreamingOperation = {
    ...say(''),
    kind: 'exec',
    stdin: true,
    handler: async (streams) => {
      for await (const chunk of streams.stdin ?? []) streams.stdout?.write(chunk);
      return 7;
    },
  } as StreamingOperation;
  const running = runRemoteCommand(server.issue(echo), { stdin, stdout });
  stdin.write('before ');
  await until('it runs', () => stdout.text === 'before ');
  const hostile = [
    'POST /exec/x HTTP/1.1\r\nX-Endless: ',
    '\x80\x03\x00\x01\x00\xff\xff\xff',
    `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(5000)}\r\n`,
    'POST /exec/',
  ].map((text) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(text, 'latin1');
      if (text.includes('Endless')) for (let index = 0; index < 100; index++) socket.write('a'.repeat(10_000));
    });
    socket.on('error', () => undefined);
    return socket;
  });
  const { pathname } = new URL(server.issue(forever));
  const garbage = connect(server.port, '127.0.0.1');
  garbage.on('error', () => undefined);
  garbage.write(
    `POST ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n${'\xff'.repeat(50_000)}`,
    'latin1',
  );
  await readAll(garbage).catch(() => undefined);
  garbage.destroy();
  stdin.end('after');
  assert.equal(await running, 7);
  assert.equal(stdout.text, 'before after');
  for (const socket of hostile) socket.destroy();
});

test('TLS serves the same at an https URL', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-streaming-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  try {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        key,
        '-out',
        cert,
        ...subject,
      ],
      { stdio: 'ignore' },
    );
  } catch {
    t.skip('needs the openssl command');
    return;
  }
  const server = await start(t, { tls: { key: readFileSync(key), cert: readFileSync(cert) } });
  const url = server.issue(say('secret'));
  assert.match(url, /^https:\/\/127\.0\.0\.1:/);
  const stdout = new Sink();
  assert.equal(await runRemoteCommand(url, { stdout, tls: { ca: readFileSync(cert) } }), 0);
  assert.equal(stdout.text, 'secret');
  await assert.rejects(runRemoteCommand(server.issue(say('x')), { stdout, stdin: source('') }), /certificate/);
});
