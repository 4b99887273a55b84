import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { CommandHandler, CommandOptions, SessionOptions, SessionOutcome } from '../src/remote-command/handler.js';
import type { TerminalSize } from '../src/remote-command/resize.js';
import { serveRemoteCommand } from '../src/remote-command/serve.js';
import { readAll, source, type TestScope, until, upgradeServer } from './parts.js';

const all: CommandOptions = { stdin: true, stdout: true, stderr: true, tty: false };

async function serve(t: TestScope, handler: CommandHandler, options: CommandOptions & SessionOptions = all) {
  const outcomes: SessionOutcome[] = [];
  const address = await upgradeServer(t, (upgrade) => {
    serveRemoteCommand(upgrade, options, handler).then(
      (outcome) => outcomes.push(outcome),
      () => undefined,
    );
  });
  return { url: `ws://${address}/exec/x`, outcomes };
}

/** A client that keeps each channel's bytes. */
class Client {
  readonly channels = new Map<number, Buffer>();
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
  messages = 0;

  constructor(url: string, protocols: string[]) {
    this.socket = new WebSocket(url, protocols);
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data: Buffer, isBinary) => {
      this.messages += 1;
      const channel = isBinary ? (data[0] ?? 0) : (data[0] ?? 0) - 0x30;
      const bytes = isBinary ? data.subarray(1) : Buffer.from(data.subarray(1).toString(), 'base64');
      this.channels.set(channel, Buffer.concat([this.channels.get(channel) ?? Buffer.alloc(0), bytes]));
    });
    this.closed = new Promise((resolve) => this.socket.once('close', (code) => resolve(code)));
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.socket.once('open', () => resolve());
      this.socket.once('error', reject);
    });
    return this;
  }

  send(channel: number, bytes: string | Buffer): void {
    this.socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(bytes)]));
  }

  text(channel: number): string {
    return this.channels.get(channel)?.toString() ?? '';
  }
}

const sayBack: CommandHandler = async ({ stdin, stdout, stderr }) => {
  const text = await readAll(stdin ?? source(''));
  stdout?.write(text);
  stderr?.write('done');
  return text.length;
};

test('v5 ends stdin by its close signal, and the status comes as an object', async (t) => {
  const { url, outcomes } = await serve(t, sayBack);
  const client = await new Client(url, ['v5.channel.k8s.io', 'v4.channel.k8s.io']).open();
  assert.equal(client.socket.protocol, 'v5.channel.k8s.io');
  client.send(0, 'hel');
  client.send(0, 'lo');
  client.socket.send(Buffer.from([255, 0]));
  assert.equal(await client.closed, 1000);
  assert.equal(client.text(1), 'hello');
  assert.equal(client.text(2), 'done');
  const status = JSON.parse(client.text(3)) as { reason: string; details: { causes: unknown[] } };
  assert.equal(status.reason, 'NonZeroExitCode');
  assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '5' }]);
  await until('the session ends', () => outcomes[0]?.exitCode === 5);
});

/** Reads one line, so it needs no end of stdin. */
const oneLine: CommandHandler = async ({ stdin, stdout }) => {
  for await (const chunk of stdin ?? []) {
    stdout?.write(`got ${String(chunk)}`);
    break;
  }
  return 0;
};

for (const protocol of ['v4.channel.k8s.io', 'channel.k8s.io', '']) {
  test(`binary messages of ${protocol || 'no subprotocol'}`, async (t) => {
    const { url } = await serve(t, oneLine);
    const client = await new Client(url, protocol ? [protocol] : []).open();
    await until('the first, empty message', () => client.messages > 0);
    assert.equal(client.text(1), '');
    client.socket.send(Buffer.from([255, 0]));
    client.send(0, 'line\n');
    assert.equal(await client.closed, 1000);
    assert.equal(client.text(1), 'got line\n');
    assert.equal(client.text(3), protocol.startsWith('v4') ? '{"metadata":{},"status":"Success"}' : '');
  });
}

for (const protocol of ['v4.base64.channel.k8s.io', 'base64.channel.k8s.io']) {
  test(`text messages of ${protocol}`, async (t) => {
    const { url } = await serve(t, oneLine);
    const client = await new Client(url, [protocol]).open();
    client.socket.send(`0${Buffer.from('line\n').toString('base64')}`);
    assert.equal(await client.closed, 1000);
    assert.equal(client.text(1), 'got line\n');
  });
}

test('sizes come on their channel; what is no size is skipped', async (t) => {
  const sizes: TerminalSize[] = [];
  const { url } = await serve(
    t,
    async ({ resize }) => {
      for await (const size of resize) {
        sizes.push(size);
        if (size.rows === 40) return 0;
      }
      return 1;
    },
    { ...all, tty: true },
  );
  const client = await new Client(url, ['v5.channel.k8s.io']).open();
  client.send(4, '{"Width":-1,"Height":9}{"Width":70000,"Height":9} nonsense }');
  client.send(4, 'x'.repeat(5000));
  client.send(4, '{"Width":100,');
  client.send(4, '"Height":40}\n');
  assert.equal(await client.closed, 1000);
  assert.deepEqual(sizes, [{ rows: 40, columns: 100 }]);
  assert.match(client.text(3), /Success/);
});

test('unknown subprotocols are refused, unknown channels ignored, broken base64 ends the session', async (t) => {
  const { url, outcomes } = await serve(t, oneLine);
  await assert.rejects(new Client(url, ['v6.channel.k8s.io']).open(), /403/);
  const client = await new Client(url, ['v4.channel.k8s.io']).open();
  client.send(9, 'nobody');
  client.send(1, 'not yours');
  client.send(0, 'x');
  assert.equal(await client.closed, 1000);
  assert.equal(client.text(1), 'got x');
  const broken = await new Client(url, ['v4.base64.channel.k8s.io']).open();
  broken.socket.send('0!!!');
  assert.equal(await broken.closed, 1002);
  await until('all end', () => outcomes.length === 3);
  assert.deepEqual(outcomes.map(({ end }) => end).sort(), ['done', 'gone', 'refused']);
});

test('a message over the limit ends only that session', async (t) => {
  const { url } = await serve(t, oneLine);
  const [large, small] = await Promise.all([
    new Client(url, ['v4.channel.k8s.io']).open(),
    new Client(url, ['v4.channel.k8s.io']).open(),
  ]);
  large.send(0, Buffer.alloc(5_000_000));
  assert.equal(await large.closed, 1009);
  small.send(0, 'ok');
  await small.closed;
  assert.equal(small.text(1), 'got ok');
});

test('a client that vanishes aborts the command, read or unread', async (t) => {
  let aborted = 0;
  const { url } = await serve(t, async ({ signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    aborted += 1;
    return 0;
  });
  const client = await new Client(url, ['v4.channel.k8s.io']).open();
  client.socket.terminate();
  await until('the handler is aborted', () => aborted === 1);
});

test('an idle session ends', async (t) => {
  const { url, outcomes } = await serve(t, () => new Promise<number>(() => undefined), { ...all, idleTimeoutMs: 100 });
  const client = await new Client(url, ['v4.channel.k8s.io']).open();
  await client.closed;
  await until('the session ends', () => outcomes[0]?.end === 'gone');
});
