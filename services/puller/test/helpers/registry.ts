import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf } from '@slipway/digest';
import { freePort } from '@slipway/test-servers';
import type { TestImage } from './images.js';
import type { Scope } from './scope.js';

const binary = '/usr/bin/docker-registry';

/** Why these tests cannot run here, or false. */
export const cannotPull = !existsSync(binary)
  ? 'Debian package docker-registry is not installed'
  : process.getuid?.() !== 0
    ? 'unpacking owners and devices needs root'
    : false;

export interface Registry {
  /** `127.0.0.1:41234`. */
  readonly host: string;
  pushBlob(repository: string, bytes: Buffer): Promise<void>;
  push(repository: string, tag: string, image: TestImage): Promise<void>;
  pushManifest(repository: string, tag: string, bytes: Buffer, mediaType: string): Promise<void>;
}

// `htpasswd -nbB -C 4 tester s3cret`.
const htpasswd = 'tester:$2b$04$EkM6uHZpj/xAQuSHsqd7C.nGV5QJG77NEag95KH8ghPNB2LO/Vsx2\n';

/** Debian's docker-registry on loopback with its own storage; with `auth` it accepts only tester/s3cret. */
export async function startRegistry(scope: Scope, options: { auth?: boolean } = {}): Promise<Registry> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-puller-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  await writeFile(join(directory, 'htpasswd'), htpasswd);
  const auth = options.auth ? `auth:\n  htpasswd:\n    realm: test\n    path: ${directory}/htpasswd\n` : '';
  await writeFile(
    join(directory, 'config.yml'),
    `version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: ${directory}/data\nhttp:\n  addr: ${host}\n${auth}`,
  );
  const child = spawn(binary, ['serve', join(directory, 'config.yml')], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  scope.after(async () => {
    child.kill('SIGKILL');
    await gone;
    await rm(directory, { recursive: true, force: true });
  });
  const base = `http://${host}`;
  const headers: Record<string, string> = options.auth
    ? { authorization: `Basic ${Buffer.from('tester:s3cret').toString('base64')}` }
    : {};
  for (let tries = 0; !(await answers(base)); tries++) {
    if (child.exitCode !== null || tries > 400) throw new Error('docker-registry did not start');
    await delay(25);
  }
  const send = async (method: string, url: string, body?: Buffer, type?: string): Promise<string> => {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, ...(type ? { 'content-type': type } : {}) },
      ...(body ? { body: new Uint8Array(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
    return answer.headers.get('location') ?? '';
  };
  const pushBlob = async (repository: string, bytes: Buffer): Promise<void> => {
    const url = new URL(await send('POST', `${base}/v2/${repository}/blobs/uploads/`), base);
    url.searchParams.set('digest', digestOf(bytes));
    await send('PUT', url.href, bytes, 'application/octet-stream');
  };
  const pushManifest: Registry['pushManifest'] = async (repository, tag, bytes, mediaType) => {
    await send('PUT', `${base}/v2/${repository}/manifests/${tag}`, bytes, mediaType);
  };
  return {
    host,
    pushBlob,
    pushManifest,
    push: async (repository, tag, image) => {
      for (const blob of [image.config, ...image.layers.map(({ blob }) => blob)]) await pushBlob(repository, blob);
      await pushManifest(repository, tag, image.manifest, image.mediaType);
    },
  };
}

async function answers(base: string): Promise<boolean> {
  try {
    await (await fetch(`${base}/v2/`)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
