import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@slipway/digest';
import { mediaTypes } from '@slipway/registry';
import type { Registry } from './registry.js';
import type { Scope } from './scope.js';

/** Openssl's options for a new key of each kind. */
export const keyKinds = {
  'ECDSA P-256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'ECDSA P-384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  RSA: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  Ed25519: ['-algorithm', 'ED25519'],
} as const;

export type KeyKind = keyof typeof keyKinds;

/** A signer beside Slipway: its keys and signatures come from openssl. */
export interface Signer {
  readonly publicKey: string;
  sign(payload: Buffer): Buffer;
}

export function newSigner(scope: Scope, kind: KeyKind = 'ECDSA P-256'): Signer {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-signer-'));
  scope.after(() => rmSync(directory, { recursive: true }));
  const at = (name: string): string => join(directory, name);
  openssl('genpkey', ...keyKinds[kind], '-out', at('key.pem'));
  openssl('pkey', '-in', at('key.pem'), '-pubout', '-out', at('key.pub'));
  return {
    publicKey: at('key.pub'),
    sign: (payload) => {
      writeFileSync(at('payload'), payload);
      const how = kind === 'Ed25519' ? ['-rawin'] : ['-rawin', '-digest', 'sha256'];
      openssl('pkeyutl', '-sign', '-inkey', at('key.pem'), ...how, '-in', at('payload'), '-out', at('signature'));
      return readFileSync(at('signature'));
    },
  };
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

/** cosign's payload for a digest. */
export function payloadFor(digest: string, dockerReference: string, type = 'cosign container image signature'): Buffer {
  const critical = {
    identity: { 'docker-reference': dockerReference },
    image: { 'docker-manifest-digest': digest },
    type,
  };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

export interface Attached {
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** Pushes signatures as cosign does: one manifest below the tag, a layer for each, the signature in its annotation. */
export async function attach(
  registry: Registry,
  repository: string,
  subject: string,
  signatures: readonly Attached[],
  how: 'tag' | 'referrers' = 'tag',
): Promise<void> {
  const config = Buffer.from('{}');
  for (const bytes of [config, ...signatures.map(({ payload }) => payload)]) await registry.pushBlob(repository, bytes);
  const artifactType = 'application/vnd.dev.cosign.artifact.sig.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: descriptor(how === 'tag' ? mediaTypes.ociConfig : artifactType, config),
      layers: signatures.map(({ payload, signature }) => ({
        ...descriptor('application/vnd.dev.cosign.simplesigning.v1+json', payload),
        annotations: { 'dev.cosignproject.cosign/signature': signature.toString('base64') },
      })),
    }),
  );
  const tag = subject.replace(':', '-');
  if (how === 'tag') return registry.pushManifest(repository, `${tag}.sig`, manifest, mediaTypes.ociManifest);
  await registry.pushManifest(repository, `signature-of-${tag.slice(-32)}`, manifest, mediaTypes.ociManifest);
  const manifests = [{ ...descriptor(mediaTypes.ociManifest, manifest), artifactType }];
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  await registry.pushManifest(repository, tag, index, mediaTypes.ociIndex);
}

function descriptor(mediaType: string, bytes: Buffer): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
