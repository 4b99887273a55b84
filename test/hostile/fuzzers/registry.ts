import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { hostPlatform } from '@slipway/registry';
import { failureOf } from '../../support/failure.js';
import type { Fuzzer } from '../fuzzer.js';
import type { Random } from '../random.js';

/** What an error may tell of what a registry says, bytes: a gRPC status goes out in headers. */
const mostText = 4096;

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** A registry that answers some requests of each pull with something else; the node refuses the image or takes it. */
export const registry: Fuzzer = {
  name: 'registry',
  open: async ({ cri }) => {
    const { documents, id } = makeImage();
    let answer: (proper: Answer) => Answer = (proper) => proper;
    const server = createServer((request, response) =>
      send(request, response, answer(properAnswer(request, documents))),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const pull = async (): Promise<string> => (await cri.pullImage({ image: { image: `${host}/x:v1` } })).imageRef;
    const remove = (): Promise<unknown> => cri.removeImage({ image: { image: id } });
    return {
      tryOne: async (random) => {
        // A few odd answers, then proper ones: whoever asks again is not kept waiting for the end of all tries.
        let odd = 1 + random.int(3);
        answer = (proper) => (random.int(3) === 0 || odd-- <= 0 ? proper : oddAnswer(random, proper, host));
        const result = await pull().catch((error: unknown) => error as Error);
        if (typeof result === 'string') assert.equal(result, id);
        else {
          const { text } = await failureOf(Promise.reject(result));
          assert.ok(Buffer.byteLength(text) <= mostText, `an error of ${text.length} characters`);
          // oxlint-disable-next-line no-control-regex
          assert.doesNotMatch(text, /[\u0000-\u0008\u000e-\u001f]/, 'an error with control characters');
        }
        await remove();
      },
      close: async () => {
        answer = (proper) => proper;
        assert.equal(await pull(), id, 'a good pull after all the bad ones');
        await remove();
        server.closeAllConnections();
        server.close();
      },
    };
  },
};

function properAnswer({ url = '' }: IncomingMessage, documents: ReadonlyMap<string, Answer>): Answer {
  if (url === '/v2/') return { status: 200, headers: {}, body: Buffer.from('{}') };
  const name = url.replace(/\?.*$/, '').replace(/^.*\//, '');
  return documents.get(name) ?? { status: 404, headers: {}, body: Buffer.from('{"errors":[{"code":"UNKNOWN"}]}') };
}

function oddAnswer(random: Random, proper: Answer, host: string): Answer {
  const headers = { ...proper.headers };
  let { status, body } = proper;
  for (let change = 1 + random.int(2); change > 0; change--) {
    switch (random.int(6)) {
      case 0:
        status = random.pick([201, 204, 206, 301, 400, 401, 403, 404, 416, 418]);
        break;
      case 1:
        body = random.mutate(body);
        break;
      case 2:
        body = random.pick([
          Buffer.alloc(0),
          Buffer.alloc(5 << 20, ' '),
          Buffer.from('null'),
          random.bytes(300),
          gzipSync(body),
        ]);
        break;
      case 3:
        headers['content-encoding'] = random.pick(['gzip', 'br', 'identity', 'x']);
        break;
      case 4:
        headers['content-range'] = random.pick([
          'bytes 0-1/2',
          'bytes */7',
          'bytes 5-1/9',
          `bytes 0-${body.length - 1}/*`,
        ]);
        break;
      default: {
        headers['docker-content-digest'] = random.pick(['sha256:x', 'md5:1', `sha256:${'0'.repeat(64)}`]);
        headers['content-type'] = random.pick(['text/html', '', 'application/vnd.oci.image.index.v1+json', 'a/b;c=d']);
        headers['www-authenticate'] = random.pick([
          `Bearer realm="http://${host}/v2/"`,
          'Basic',
          'Bearer realm="file:///etc/passwd"',
          `x ${random.bytes(40).toString('hex')}`,
        ]);
        headers['location'] = random.pick([
          `http://${host}/v2/`,
          'http://169.254.169.254/',
          '//',
          'ftp://x',
          '/v2/x/y',
        ]);
      }
    }
  }
  return { status, headers, body };
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers);
  response.end(method === 'HEAD' ? undefined : body);
}

function makeImage(): { documents: Map<string, Answer>; id: string } {
  const work = mkdtempSync(join(tmpdir(), 'sw-hostile-'));
  writeFileSync(join(work, 'file'), 'text '.repeat(5000));
  const archive = execFileSync('tar', ['-C', work, '-c', 'file']);
  rmSync(work, { recursive: true });
  const layer = gzipSync(archive);
  const { os, architecture } = hostPlatform();
  const config = json({ os, architecture, rootfs: { type: 'layers', diff_ids: [digestOf(archive)] } });
  const part = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = json({
    schemaVersion: 2,
    mediaType,
    config: part('application/vnd.oci.image.config.v1+json', config),
    layers: [part('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
  });
  const named = (bytes: Buffer, headers = {}): Answer => ({ status: 200, headers, body: bytes });
  const documents = new Map<string, Answer>([
    ['v1', named(manifest, { 'content-type': mediaType, 'docker-content-digest': digestOf(manifest) })],
    [digestOf(manifest), named(manifest, { 'content-type': mediaType })],
    [digestOf(config), named(config)],
    [digestOf(layer), named(layer)],
  ]);
  return { documents, id: digestOf(config) };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
