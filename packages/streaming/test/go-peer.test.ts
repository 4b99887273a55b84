import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { StreamingServer } from '../src/index.js';
import { dialSpdy } from '../src/spdy/dial.js';
import { acceptSpdy } from '../src/spdy/handshake.js';
import { pattern, readAll, tcpServer, upgradeServer } from './parts.js';

// Debian's golang-go and golang-github-docker-spdystream-dev: the SPDY library of kubectl, crictl and the kubelet.
const sources = '/usr/share/gocode';
const program = fileURLToPath(new URL('../../test/go-peer/main.go', import.meta.url));
const missing =
  !existsSync(`${sources}/src/github.com/moby/spdystream`) || spawnSync('go', ['version']).status !== 0
    ? 'needs golang-go and golang-github-docker-spdystream-dev'
    : false;
let directory = '';
let peer = '';

before(() => {
  if (missing) return;
  directory = mkdtempSync(join(tmpdir(), 'slipway-streaming-'));
  peer = join(directory, 'peer');
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: sources, GOCACHE: join(directory, 'cache'), GOFLAGS: '' };
  const built = spawnSync('go', ['build', '-o', peer, program], { env, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
});

after(() => {
  if (directory) rmSync(directory, { recursive: true });
});

async function runPeer(args: (string | number)[], input = ''): Promise<Record<string, unknown>> {
  const child = spawn(peer, args.map(String), { stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000 });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([readAll(child.stdout), readAll(child.stderr)]);
  assert.equal(stderr.toString(), '');
  return JSON.parse(stdout.toString()) as Record<string, unknown>;
}

for (const [name, streams, size] of [
  ['one stream of 100 MB', 1, 100_000_000],
  ['300 streams', 300, 100_000],
] as const) {
  test(`spdystream's client gets its own bytes back: ${name}`, { skip: missing }, async (t) => {
    const address = await upgradeServer(t, (upgrade) => {
      acceptSpdy(upgrade, ['echo'], { onStream: (stream) => stream.pipe(stream) });
    });
    assert.deepEqual(await runPeer(['echo', address, streams, size]), { equal: streams, ping: true });
  });
}

test('our client gets its own bytes back from spdystream’s server', { skip: missing }, async (t) => {
  const child = spawn(peer, ['server'], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000 });
  t.after(() => {
    child.kill('SIGKILL');
  });
  const port = await new Promise<string>((resolve) =>
    child.stdout.once('data', (line) => resolve(String(line).trim())),
  );
  const { session } = await dialSpdy(`http://127.0.0.1:${port}/`, { protocols: ['echo'] });
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const stream = await session.open({ streamType: 'data' });
      const sent = pattern(500_000, index);
      stream.end(sent);
      assert.ok(sent.equals(await readAll(stream)));
    }),
  );
  session.destroy();
});

test('exec as client-go does it, with the status after all output', { skip: missing }, async (t) => {
  const server = await StreamingServer.start();
  t.after(() => server.close());
  const { host, pathname } = new URL(
    server.issue({
      kind: 'exec',
      stdin: true,
      stdout: true,
      stderr: true,
      tty: false,
      handler: async ({ stdin, stdout, stderr }) => {
        stderr?.write('a line\n');
        for await (const chunk of stdin ?? []) {
          if (!stdout?.write(chunk)) await new Promise((resolve) => stdout?.once('drain', resolve));
        }
        return 42;
      },
    }),
  );
  const input = 'x'.repeat(5_000_000);
  const answer = await runPeer(['exec', host, pathname], input);
  assert.equal(answer.stdout, input);
  assert.equal(answer.stderr, 'a line\n');
  const status = JSON.parse(String(answer.error)) as { details: { causes: { message: string }[] } };
  assert.equal(status.details.causes[0]?.message, '42');
});

test('port-forward as client-go does it: 40 concurrent connections, and a refused port', {
  skip: missing,
}, async (t) => {
  const server = await StreamingServer.start();
  t.after(() => server.close());
  const port = await tcpServer(t, (socket) => socket.pipe(socket));
  const issue = (): URL =>
    new URL(
      server.issue({
        kind: 'portforward',
        ports: [],
        handler: {
          connect: (wanted) =>
            new Promise((resolve, reject) => {
              const socket = connect({ port: wanted, host: '127.0.0.1', allowHalfOpen: true });
              socket.once('error', reject);
              socket.once('connect', () => resolve(socket));
            }),
        },
      }),
    );
  const { host, pathname } = issue();
  assert.deepEqual(await runPeer(['forward', host, pathname, port, 40, 200_000]), { equal: 40, messages: [] });
  const refused = await runPeer(['forward', host, issue().pathname, 1, 1, 100]);
  assert.equal(refused.equal, 0);
  assert.match(String(refused.messages), /error forwarding port 1: connect ECONNREFUSED/);
});
