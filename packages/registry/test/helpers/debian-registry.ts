import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { digestOf } from '@slipway/digest';
import type { TestImage } from './images.js';
import { freePort } from '@slipway/test-servers';
import { type Scope, tempDir } from './temp.js';

const binary = '/usr/bin/docker-registry';

/** Why these tests cannot run here, or false. */
export const noRegistry = existsSync(binary) ? false : 'Debian package docker-registry is not installed';

export interface DebianRegistry {
  /** `127.0.0.1:41234`. */
  readonly host: string;
  readonly dir: string;
  /** The certificate's PEM file, where TLS is on. */
  readonly ca: string | undefined;
  push(repository: string, tag: string, image: TestImage): Promise<void>;
  pushManifest(repository: string, name: string, bytes: Buffer, mediaType: string): Promise<void>;
  stop(): Promise<void>;
}

export interface DebianRegistryOptions {
  tls?: boolean;
  /** It accepts only clients with the certificate `<dir>/client.crt`. */
  clientCertificate?: boolean;
  /** Lines for the `auth:` section, indented by two. */
  auth?: (dir: string) => Promise<string> | string;
  /** An Authorization header for pushing. */
  authorization?: (scope: string) => string;
}

/** Debian's docker-registry on a free loopback port, with its own storage; ends with the test. */
export async function startRegistry(scope: Scope, options: DebianRegistryOptions = {}): Promise<DebianRegistry> {
  const dir = await tempDir(scope);
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const ca = options.tls ? makeCertificate(dir) : undefined;
  const auth = options.auth ? `auth:\n${await options.auth(dir)}\n` : '';
  const client = options.clientCertificate ? makeCertificate(dir, 'client') : undefined;
  const clients = client ? `    clientcas:\n      - ${client}\n` : '';
  const tls = ca ? `  tls:\n    certificate: ${dir}/tls.crt\n    key: ${dir}/tls.key\n${clients}` : '';
  await writeFile(
    join(dir, 'config.yml'),
    `version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: ${dir}/data\nhttp:\n  addr: ${host}\n${tls}${auth}`,
  );
  const child = spawn(binary, ['serve', join(dir, 'config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const stop = () => end(child);
  scope.after(stop);
  const base = `${ca ? 'https' : 'http'}://${host}`;
  const dispatcher = new Agent({
    connect: {
      rejectUnauthorized: false,
      ...(client ? { cert: readFileSync(client), key: readFileSync(join(dir, 'client.key')) } : {}),
    },
  });
  scope.after(() => dispatcher.destroy());
  const send = async (
    method: 'GET' | 'POST' | 'PUT',
    url: string,
    repository: string,
    body?: Buffer,
    type?: string,
  ) => {
    const authorization = options.authorization?.(`repository:${repository}:pull,push`);
    const answer = await request(url, {
      method,
      body: body ?? null,
      dispatcher,
      headers: { ...(type ? { 'content-type': type } : {}), ...(authorization ? { authorization } : {}) },
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, location: answer.headers.location as string | undefined, text };
  };
  for (let tries = 0; ; tries++) {
    const up = await send('GET', `${base}/v2/`, 'x').catch(() => undefined);
    if (up) break;
    if (child.exitCode !== null || tries > 200) throw new Error(`docker-registry did not start: ${errors}`);
    await delay(25);
  }
  const pushBlob = async (repository: string, bytes: Buffer) => {
    const begun = await send('POST', `${base}/v2/${repository}/blobs/uploads/`, repository);
    if (!begun.location) throw new Error(`upload refused: ${begun.status} ${begun.text}`);
    const url = new URL(begun.location, base);
    url.searchParams.set('digest', digestOf(bytes));
    const done = await send('PUT', url.href, repository, bytes, 'application/octet-stream');
    if (done.status !== 201) throw new Error(`blob refused: ${done.status} ${done.text}`);
  };
  const pushManifest = async (repository: string, name: string, bytes: Buffer, mediaType: string) => {
    const done = await send('PUT', `${base}/v2/${repository}/manifests/${name}`, repository, bytes, mediaType);
    if (done.status !== 201) throw new Error(`manifest refused: ${done.status} ${done.text}`);
  };
  return {
    host,
    dir,
    ca,
    pushManifest,
    stop,
    async push(repository, tag, image) {
      for (const blob of [image.config, ...image.layers]) await pushBlob(repository, blob);
      await pushManifest(repository, tag, image.manifest, image.mediaType);
    },
  };
}

/** A self-signed certificate for 127.0.0.1 and localhost; returns the certificate's file. */
export function makeCertificate(dir: string, name = 'tls'): string {
  const file = join(dir, `${name}.crt`);
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=slipway-test']
      .concat(['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'])
      .concat(['-keyout', join(dir, `${name}.key`), '-out', file]),
    { stdio: 'ignore' },
  );
  return file;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGKILL');
  await gone;
}
