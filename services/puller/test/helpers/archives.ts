import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { digestHex } from '@slipway/digest';
import type { TestImage } from './images.js';

/** Files by name; `{ link }` is a symbolic link. */
export type Files = Record<string, Buffer | string | { readonly link: string }>;

/** A tar of these files in this order, as GNU tar writes it. */
export function tarOf(files: Files): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-puller-archive-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(path, content);
      else symlinkSync(content.link, path);
    }
    return execFileSync('tar', ['-C', directory, '-cf', '-', ...Object.keys(files)], { maxBuffer: 2 ** 30 });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** As `docker save` before version 25 writes images: plain layers, equal ones as links, the list last. */
export function dockerArchive(images: readonly { image: TestImage; tags: readonly string[] }[]): Files {
  const files: Files = {};
  const first = new Map<string, string>();
  const list = images.map(({ image, tags }, at) => {
    const config = `${digestHex(image.id)}.json`;
    files[config] = image.config;
    const layers = image.layers.map(({ blob, diffID }, layer) => {
      const name = `${at}-${layer}/layer.tar`;
      const known = first.get(diffID);
      files[name] = known ? { link: `../${known}` } : gunzipSync(blob);
      first.set(diffID, known ?? name);
      return name;
    });
    return { Config: config, RepoTags: tags.length > 0 ? tags : null, Layers: layers };
  });
  files['manifest.json'] = JSON.stringify(list);
  return files;
}

/** An OCI image layout; `annotations` stand at the image's entry in index.json. */
export function ociArchive(image: TestImage, annotations: Record<string, string> = {}): Files {
  const blob = (digest: string): string => `blobs/sha256/${digest.slice('sha256:'.length)}`;
  const entry = { mediaType: image.mediaType, digest: image.digest, size: image.manifest.length, annotations };
  return {
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': JSON.stringify({ schemaVersion: 2, manifests: [entry] }),
    [blob(image.digest)]: image.manifest,
    [blob(image.id)]: image.config,
    ...Object.fromEntries(image.layers.map((layer) => [blob(layer.digest), layer.blob])),
  };
}
