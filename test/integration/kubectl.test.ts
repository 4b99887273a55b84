import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before, describe, test, type TestContext } from 'node:test';
import { ApiServer } from '../support/api-server.js';
import { Kubectl, kubectlMinor } from '../support/kubectl.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

const minor = kubectlMinor();
const hooks = { timeout: 120_000 };
/** Megabytes each way: gVisor's pipes take half a minute for 100. SLIPWAY_TEST_MB is for a longer look. */
const megabytes = (handler: string, webSocket: boolean): number =>
  Number(process.env['SLIPWAY_TEST_MB'] ?? (handler === 'runsc' ? 2 : handler === 'crun' && !webSocket ? 100 : 10));
const echoServer = 'while :; do nc -l -p 7000 -e cat; done';

/**
 * The stderr of the command without kubectl's own word: it logs there that it discards the first message of a stream, which
 * is empty (a kubelet sends the same), where that comes before it has registered the stream.
 */
function commandsOwn(stderr: Buffer): Buffer {
  const logged = /^E\d{4} [\d:.]+ +\d+ websocket\.go:\d+\] Unknown stream id 1, discarding message\n/;
  return stderr.subarray(logged.exec(stderr.subarray(0, 200).toString('latin1'))?.[0].length ?? 0);
}

describe('kubectl', { skip: cannotRun || (minor === undefined && 'there is no kubectl'), timeout: suiteMs }, () => {
  let lab: Lab;
  let api: ApiServer;
  before(async () => {
    lab = await openLab({ handlers: ['crun', 'runc', 'runsc'] });
    api = await ApiServer.start(lab.cri);
  }, hooks);
  afterEach(() => lab.clear(), hooks);
  after(async () => {
    await api.close();
    await lab.close();
  }, hooks);

  const serve = async (name: string, handler: string, script: string, more = {}): Promise<Pod> => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node), handler);
    const containerId = await pod.start(shell(lab.image, script, more));
    api.pods.set(name, { sandboxId: pod.id, containerId, ...more });
    return pod;
  };
  const open = (t: TestContext, webSocket: boolean): Kubectl => {
    const kubectl = new Kubectl(api.url, webSocket);
    t.after(() => kubectl.remove());
    return kubectl;
  };

  for (const [protocol, webSocket] of [
    ['SPDY', false],
    ['WebSocket', true],
  ] as const) {
    const skip = webSocket && (minor ?? 0) < 31 && `kubectl 1.${minor} speaks SPDY alone`;

    for (const handler of ['crun', 'runc', 'runsc']) {
      const size = megabytes(handler, webSocket);
      test(`exec over ${protocol} on ${handler}: streams, exit code, ${size} MB each way`, { skip }, async (t) => {
        const kubectl = open(t, webSocket);
        await serve('one', handler, 'sleep 1000');
        const { code, stdout, stderr } = await kubectl.run(
          ['exec', '-i', 'one', '--', 'sh', '-c', 'cat; echo problem >&2; exit 7'],
          'hello\n',
        );
        assert.deepEqual([code, stdout], [7, 'hello\n']);
        assert.match(commandsOwn(Buffer.from(stderr)).toString(), /^problem\n/);
        const missing = await kubectl.run(['exec', 'one', '--', 'no-such-command']);
        assert.notEqual(missing.code, 0);
        assert.match(missing.stderr, /no-such-command/);
        const input = randomBytes(size * 1_000_000);
        const child = kubectl.start('exec', '-i', 'one', '--', 'sh', '-c', 'tee /dev/stderr | sha256sum >/tmp/sum');
        child.stdin.end(input);
        child.stdout.resume();
        assert.ok(commandsOwn(await buffer(child.stderr)).equals(input));
        const sum = await kubectl.run(['exec', 'one', '--', 'cat', '/tmp/sum']);
        assert.equal(sum.stdout.split(' ')[0], createHash('sha256').update(input).digest('hex'));
      });
    }

    test(`attach over ${protocol}`, { skip }, async (t) => {
      const kubectl = open(t, webSocket);
      const pod = await serve('two', 'crun', 'while read line; do echo "got $line"; done; echo over', { stdin: true });
      const child = kubectl.start('attach', '-i', 'two');
      let seen = '';
      child.stdout.on('data', (chunk) => (seen += String(chunk)));
      await until('it is heard', async () => {
        child.stdin.write('ping\n');
        await new Promise((resolve) => setTimeout(resolve, 50));
        return /got ping/.test(seen);
      });
      child.kill('SIGKILL');
      await pod.exec(api.pods.get('two')?.containerId ?? '', 'true');
    });

    test(`cp over ${protocol}`, { skip }, async (t) => {
      const kubectl = open(t, webSocket);
      await serve('three', 'crun', 'sleep 1000');
      const work = mkdtempSync(join(tmpdir(), 'sw-cp-'));
      t.after(() => rmSync(work, { recursive: true }));
      const bytes = randomBytes(5_000_000);
      writeFileSync(join(work, 'in'), bytes);
      assert.equal((await kubectl.run(['cp', join(work, 'in'), 'three:/tmp/file'])).code, 0);
      assert.equal((await kubectl.run(['cp', 'three:/tmp/file', join(work, 'out')])).code, 0);
      assert.ok(readFileSync(join(work, 'out')).equals(bytes));
    });

    const forwarded = megabytes('crun', webSocket);
    test(`port-forward over ${protocol}: ${forwarded} MB, and a refused port spoils nothing`, { skip }, async (t) => {
      const kubectl = open(t, webSocket);
      const pod = await serve('four', 'crun', echoServer);
      const id = api.pods.get('four')?.containerId ?? '';
      await until('the pod listens', async () => (await pod.exec(id, 'cat', '/proc/net/tcp6')).includes(':1B58 '));
      const child = kubectl.start('port-forward', 'pod/four', ':7000', ':7999');
      t.after(() => child.kill('SIGKILL'));
      let said = '';
      child.stdout.on('data', (chunk) => (said += String(chunk)));
      child.stderr.on('data', (chunk) => (said += String(chunk)));
      const port = (remote: number): number => Number(new RegExp(`127.0.0.1:(\\d+) -> ${remote}`).exec(said)?.[1]);
      await until('it listens', () => port(7000) > 0 && port(7999) > 0);
      const echo = async (bytes: Buffer): Promise<boolean> => {
        const socket = connect({ port: port(7000), host: '127.0.0.1', allowHalfOpen: true });
        socket.end(bytes);
        return (await buffer(socket)).equals(bytes);
      };
      assert.ok(await echo(randomBytes(forwarded * 1_000_000)));
      assert.deepEqual(await buffer(connect(port(7999), '127.0.0.1')).catch(() => Buffer.alloc(0)), Buffer.alloc(0));
      await until('it says so', () => /7999/.test(said.replace(/Forwarding.*/g, '')));
    });
  }
});
