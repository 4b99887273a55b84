import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, afterEach, before, describe, test } from 'node:test';
import { runRemoteCommand } from '@slipway/streaming';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { Sink, webSocketCommand } from '../support/streaming.js';

const hooks = { timeout: 120_000 };

describe('the streaming server with certificates', { skip: cannotRun, timeout: suiteMs }, () => {
  const work = mkdtempSync(join(tmpdir(), 'sw-tls-'));
  const path = (name: string): string => join(work, name);
  const pem = (name: string): Buffer => readFileSync(path(name));
  let lab: Lab;
  before(async () => {
    for (const name of ['server', 'client', 'stranger']) selfSigned(name);
    const settings = {
      'streaming.tlsCert': path('server.pem'),
      'streaming.tlsKey': path('server.key'),
      'streaming.clientCa': path('client.pem'),
    };
    lab = await openLab({ handlers: ['crun'], settings });
  }, hooks);
  afterEach(() => lab.clear(), hooks);
  after(async () => {
    rmSync(work, { recursive: true });
    await lab.close();
  }, hooks);

  function selfSigned(name: string): void {
    const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.pem`)];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', ...kind, ...files, ...subject], { stdio: 'ignore' });
  }

  test('clients whose certificate the configured authority signed are served over TLS, others are not', async () => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const containerId = await pod.start(shell(lab.image, 'sleep 1000'));
    const url = async (): Promise<string> => {
      const answer = await lab.cri.exec({ containerId, cmd: ['cat'], stdin: true, stdout: true, stderr: true });
      assert.match(answer.url, /^https:\/\/127\.0\.0\.1:/);
      return answer.url;
    };
    const input = randomBytes(5 << 20);
    const known = { ca: pem('server.pem'), cert: pem('client.pem'), key: pem('client.key') };
    const stdout = new Sink();
    assert.equal(
      await runRemoteCommand(await url(), { stdin: Readable.from([input]), stdout, stderr: new Sink(), tls: known }),
      0,
    );
    assert.ok(stdout.bytes().equals(input));
    const other = await webSocketCommand(await url(), input, known);
    assert.equal(other.exitCode, 0);
    assert.ok(other.stdout.equals(input));

    const refused = [
      { ca: pem('server.pem') },
      { ...known, cert: pem('stranger.pem'), key: pem('stranger.key') },
      { ...known, ca: pem('stranger.pem') },
    ];
    for (const tls of refused) {
      const spdy = runRemoteCommand(await url(), { stdout: new Sink(), stderr: new Sink(), tls, timeoutMs: 5000 });
      await assert.rejects(spdy, /certificate|socket hang up|ECONNRESET|self-signed/i);
      await assert.rejects(webSocketCommand(await url(), undefined, tls));
    }
    // Plain HTTP on the same port is nothing to it, and does it no harm.
    await assert.rejects(fetch((await url()).replace('https', 'http')));
    assert.equal((await webSocketCommand(await url(), Buffer.from('on'), known)).stdout.toString(), 'on');
  });
});
