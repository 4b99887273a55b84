import assert from 'node:assert/strict';
import { SlipwayError } from '@slipway/errors';
import { parseImageConfig } from '@slipway/oci-spec';
import { canonicalString, parseManifest, parseReference } from '@slipway/registry';
import type { Fuzzer } from '../fuzzer.js';
import type { Random } from '../random.js';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** A fuzzer of a function that reads text: it answers, or says by a code what is wrong with the text. */
function reads(name: string, samples: readonly string[], read: (text: Buffer, random: Random) => void): Fuzzer {
  return {
    name,
    open: () =>
      Promise.resolve({
        // oxlint-disable-next-line require-await
        tryOne: async (random) => {
          try {
            read(random.mutate(Buffer.from(random.pick(samples))), random);
          } catch (error) {
            if (!(error instanceof SlipwayError) || error.code === 'INTERNAL') throw error;
          }
        },
      }),
  };
}

export const references = reads(
  'references',
  [
    'alpine',
    'docker.io/library/alpine:3.20',
    `registry.example:5000/team/app@${digest}`,
    `[2001:db8::1]:443/a/b_c/d--e:tag.1-x@${digest}`,
    'localhost/x',
  ],
  (bytes) => {
    const parsed = parseReference(bytes.toString());
    const canonical = canonicalString(parsed);
    // A reference that was taken is a name: it reads as itself again, and holds nothing that a path or header could trip over.
    assert.equal(canonicalString(parseReference(canonical)), canonical);
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(canonical, /[\u0000-\u0020\u007f]|\/\.\.?(\/|$)/);
  },
);

const config = {
  architecture: 'amd64',
  os: 'linux',
  config: {
    Env: ['PATH=/bin', 'A=b'],
    Cmd: ['sh'],
    Entrypoint: ['/entry'],
    User: '1000:1000',
    WorkingDir: '/work',
    StopSignal: 'SIGTERM',
    Volumes: { '/data': {} },
    Labels: { a: 'b' },
    ExposedPorts: { '80/tcp': {} },
  },
  rootfs: { type: 'layers', diff_ids: [digest] },
};

export const imageConfigs = reads('image-configs', [JSON.stringify(config)], (bytes) => {
  const parsed = parseImageConfig(bytes);
  for (const list of [parsed.env, parsed.cmd, parsed.entrypoint, parsed.volumes]) {
    assert.ok(
      list.every((item) => typeof item === 'string'),
      `${JSON.stringify(list)} is no list of words`,
    );
  }
});

const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 100 };
const manifests = [
  {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 10 },
    layers: [layer, layer],
  },
  {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifests: [{ ...layer, platform: { architecture: 'amd64', os: 'linux' } }],
  },
];

export const imageManifests = reads(
  'manifests',
  manifests.map((manifest) => JSON.stringify(manifest)),
  (bytes, random) => {
    parseManifest(bytes, random.pick(['', 'application/json', 'text/html']), 'image x');
  },
);
