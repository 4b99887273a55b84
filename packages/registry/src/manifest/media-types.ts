/** Media types of the OCI image-spec and of Docker's image manifest version 2, schema 2. */
export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
} as const;

/** The types that a request accepts. The last one accepts anything, so that an error can name the type that the registry has. */
export const manifestAccept = [
  mediaTypes.ociIndex,
  mediaTypes.dockerList,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
  '*/*;q=0.1',
].join(', ');

export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerList;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest;
}

export function isConfigType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig;
}

/**
 * Types that old registries and Dockers wrote for the config of a Docker image, besides the proper one
 * (distribution/distribution #1621; moby's distribution package takes the same).
 */
const oldConfigTypes: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'application/json', 'text/html']);

/** Whether a manifest of type `manifest` with a config of type `config` is an image's. */
export function isImageConfig(config: string, manifest: string): boolean {
  const plain = config.split(';')[0]?.trim() ?? '';
  return isConfigType(config) || (manifest === mediaTypes.dockerManifest && oldConfigTypes.has(plain));
}

const layerForms = [
  /^application\/vnd\.oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+gzip|\+zstd)?$/,
  /^application\/vnd\.docker\.image\.rootfs\.diff\.tar(?:\.gzip|\.zstd)?$/,
  /^application\/vnd\.docker\.image\.rootfs\.foreign\.diff\.tar(?:\.gzip|\.zstd)?$/,
];

/** Whether a layer of this type can be unpacked: tar, plain or with gzip or zstd. */
export function isLayerType(mediaType: string): boolean {
  return layerForms.some((form) => form.test(mediaType));
}

const artifacts: [RegExp, string][] = [
  [/^application\/vnd\.cncf\.helm\./, 'a Helm chart'],
  [/^application\/vnd\.dev\.cosign\.|^application\/vnd\.dev\.sigstore\./, 'a Sigstore signature or attestation'],
  [/^application\/vnd\.cncf\.notary\./, 'a Notary signature'],
  [/^application\/vnd\.(?:wasm|module\.wasm)\./, 'a WebAssembly module'],
  [
    /^application\/vnd\.in-toto\+json|^application\/vnd\.(?:cyclonedx|spdx)|spdx\+json/,
    'an attestation or bill of materials',
  ],
  [/^application\/vnd\.docker\.plugin\./, 'a Docker plugin'],
  [/^application\/vnd\.buildkit\.cacheconfig\./, 'a BuildKit cache'],
];

/** The common name of an artifact of this type. */
export function artifactName(mediaType: string): string {
  return artifacts.find(([form]) => form.test(mediaType))?.[1] ?? `an artifact of type ${mediaType}`;
}
