import { SlipwayError } from '@slipway/errors';
import { type Digest, digestFault } from '@slipway/digest';
import { artifactName, isImageConfig, isIndexType, isLayerType, isManifestType, mediaTypes } from './media-types.js';

/** A content descriptor (OCI image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: PlatformFields;
  /** The type of an attached artifact, in the answer to a question for referrers. */
  readonly artifactType?: string;
}

/** A platform as an index writes it. */
export interface PlatformFields {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}

/** An image manifest, OCI or Docker schema 2. */
export interface ImageManifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An OCI index or a Docker manifest list. */
export interface ImageIndex {
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

export type ParsedManifest = { kind: 'image'; manifest: ImageManifest } | { kind: 'index'; index: ImageIndex };

type Json = Record<string, unknown>;

/**
 * Reads a manifest or index whose bytes are already verified. Its kind follows from its own content; the
 * registry's Content-Type counts only where the content has no mediaType.
 * Errors: IMAGE_INVALID for what breaks the spec, IMAGE_UNSUPPORTED for schema 1 and for artifacts that are no image.
 */
export function parseManifest(bytes: Uint8Array, contentType: string, object: string): ParsedManifest {
  const invalid = (reason: string): never => {
    throw new SlipwayError('IMAGE_INVALID', `the manifest is not valid: ${reason}`, { object });
  };
  let json: Json;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch (cause) {
    throw new SlipwayError('IMAGE_INVALID', `the manifest is not JSON (content type ${contentType || 'not given'})`, {
      object,
      cause,
    });
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return invalid('it is not a JSON object');
  refuseSchema1(json, contentType, object);
  if (json.schemaVersion !== 2) return invalid(`schemaVersion is ${JSON.stringify(json.schemaVersion)}, not 2`);

  const isIndex = Array.isArray(json.manifests);
  const isImage = json.config !== undefined || json.layers !== undefined;
  // Two programs must not read the same document in two ways (CVE-2021-41190).
  if (isIndex && isImage) return invalid('it is both an index and an image manifest');
  const declared = typeof json.mediaType === 'string' ? json.mediaType : undefined;
  const announced = contentType.split(';')[0]?.trim() ?? '';

  if (isIndex) {
    const mediaType = declared ?? (isIndexType(announced) ? announced : mediaTypes.ociIndex);
    if (!isIndexType(mediaType)) return invalid(`it holds manifests but says it is ${mediaType}`);
    const manifests = (json.manifests as unknown[]).map((entry, at) => descriptor(entry, `manifests[${at}]`, invalid));
    return { kind: 'index', index: { mediaType, manifests } };
  }
  if (!isImage) return unsupported(artifactName(declared ?? announced), object);
  const mediaType = declared ?? (isManifestType(announced) ? announced : mediaTypes.ociManifest);
  if (!isManifestType(mediaType)) return unsupported(artifactName(mediaType), object);
  const untyped = mediaType === mediaTypes.dockerManifest ? { mediaType: '' } : {};
  const config = descriptor({ ...untyped, ...(json.config as Json | null) }, 'config', invalid);
  if (!isImageConfig(config.mediaType, mediaType)) {
    const type = typeof json.artifactType === 'string' ? json.artifactType : config.mediaType;
    return unsupported(artifactName(type), object);
  }
  if (!Array.isArray(json.layers)) return invalid('layers is not a list');
  const layers = json.layers.map((entry, at) => descriptor(entry, `layers[${at}]`, invalid));
  const strange = layers.find((layer) => !isLayerType(layer.mediaType));
  if (strange) return unsupported(`an image with a layer of type ${strange.mediaType}`, object);
  return { kind: 'image', manifest: { mediaType, config, layers, ...annotations(json) } };
}

/** The parts of a manifest that need not be an image's, such as that of a signature. IMAGE_INVALID tells what it lacks. */
export function parseArtifactLayers(bytes: Uint8Array, object: string): readonly Descriptor[] {
  const invalid = (reason: string): never => {
    throw new SlipwayError('IMAGE_INVALID', `the manifest is not valid: ${reason}`, { object });
  };
  let json: Json | null;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json | null;
  } catch (cause) {
    throw new SlipwayError('IMAGE_INVALID', 'the manifest is not JSON', { object, cause });
  }
  const layers = json?.layers;
  if (!Array.isArray(layers)) return invalid('layers is not a list');
  return layers.map((entry, at) => descriptor(entry, `layers[${at}]`, invalid));
}

function refuseSchema1(json: Json, contentType: string, object: string): void {
  if (json.schemaVersion !== 1 && json.fsLayers === undefined && !contentType.includes('distribution.manifest.v1+'))
    return;
  throw new SlipwayError('IMAGE_UNSUPPORTED', 'this is a Docker schema 1 image, a format that was retired in 2017', {
    object,
    hint: 'pull and push it once with a Docker newer than 1.10, or copy it with: skopeo copy --format oci',
  });
}

function unsupported(what: string, object: string): never {
  throw new SlipwayError('IMAGE_UNSUPPORTED', `this is ${what}, not a container image that can be run`, {
    object,
    hint: 'name an image with a config and tar layers (OCI or Docker schema 2); artifacts are fetched with oras or helm',
  });
}

function descriptor(value: unknown, where: string, invalid: (reason: string) => never): Descriptor {
  if (value === null || typeof value !== 'object') return invalid(`${where} is not a descriptor`);
  const fields = value as Json;
  if (typeof fields.mediaType !== 'string') return invalid(`${where} has no mediaType`);
  if (typeof fields.digest !== 'string') return invalid(`${where} has no digest`);
  const fault = digestFault(fields.digest);
  if (fault) return invalid(`${where}: ${fault}`);
  if (typeof fields.size !== 'number' || !Number.isSafeInteger(fields.size) || fields.size < 0)
    return invalid(`${where} has no proper size`);
  const platform = fields.platform as Json | undefined;
  const text = (name: string) => (typeof platform?.[name] === 'string' ? platform[name] : '');
  return {
    mediaType: fields.mediaType,
    digest: fields.digest as Digest,
    size: fields.size,
    ...(Array.isArray(fields.urls) ? { urls: fields.urls.filter((url) => typeof url === 'string') } : {}),
    ...annotations(fields),
    ...(typeof fields.artifactType === 'string' ? { artifactType: fields.artifactType } : {}),
    ...(platform !== null && typeof platform === 'object'
      ? {
          platform: {
            os: text('os'),
            architecture: text('architecture'),
            ...(text('variant') ? { variant: text('variant') } : {}),
            ...(text('os.version') ? { 'os.version': text('os.version') } : {}),
          },
        }
      : {}),
  };
}

function annotations(json: Json): { annotations?: Record<string, string> } {
  const value = json.annotations;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {};
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { annotations: Object.fromEntries(entries) };
}
