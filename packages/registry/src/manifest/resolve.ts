import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { type Digest, digestOf, parseDigest } from '@slipway/digest';
import { askInOrder } from '../hosts/ask-in-order.js';
import { answerFault, discard, header, isWhole, readBody } from '../transfer/http-body.js';
import { type Descriptor, type ImageIndex, type ImageManifest, parseManifest } from './manifest.js';
import { isConfigType, isIndexType, isManifestType, manifestAccept } from './media-types.js';
import { formatPlatform, normalizePlatform, type Platform, platformRank } from './platform.js';
import { canonicalString, type Reference, repositoryName } from '../reference.js';
import type { Requester, Target } from '../transfer/requester.js';
import { maxConfigBytes, maxLayers, maxManifestBytes, verifyBytes } from '../transfer/verify-bytes.js';

const maxIndexDepth = 4;
const maxManifests = 32;

interface Fetched {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly contentType: string;
  readonly target: Target;
}

export interface Resolution {
  readonly resolvedDigest: Digest;
  readonly manifestDigest: Digest;
  readonly manifest: ImageManifest;
  readonly manifestBytes: Buffer;
  readonly configBytes: Buffer;
  readonly host: string;
}

/** A walk from a reference to a platform's manifest and config. */
export class Resolver {
  readonly #object: string;
  readonly #available = new Set<string>();
  #targets: Target[];
  #fetches = 0;

  constructor(
    readonly requester: Requester,
    targets: readonly Target[],
    readonly reference: Reference,
    readonly platform: Platform,
    readonly signal: AbortSignal | undefined,
  ) {
    this.#targets = [...targets];
    this.#object = `image ${canonicalString(reference)}`;
  }

  async run(): Promise<Resolution> {
    const first = await this.#fetchManifest(this.reference.digest ?? this.reference.tag ?? 'latest');
    // The host that knows the image is asked first for its parts too.
    this.#targets = [first.target, ...this.#targets.filter((target) => target !== first.target)];
    const chosen = await this.#choose(first, false, 0);
    if (!chosen) throw this.#noPlatform();
    return { ...chosen, resolvedDigest: first.digest, host: this.requester.nameOf(first.target) };
  }

  /** The image that a manifest or index leads to; undefined when there is none for the platform. */
  async #choose(
    fetched: Fetched,
    platformKnown: boolean,
    depth: number,
  ): Promise<Omit<Resolution, 'resolvedDigest' | 'host'> | undefined> {
    const parsed = parseManifest(fetched.bytes, fetched.contentType, this.#object);
    if (parsed.kind === 'image') {
      const { config, layers } = parsed.manifest;
      if (config.size > maxConfigBytes)
        throw this.#tooMuch(`its config has ${config.size} bytes, more than the ${maxConfigBytes} that are allowed`);
      if (layers.length > maxLayers)
        throw this.#tooMuch(`it has ${layers.length} layers, more than the ${maxLayers} that overlay can stack`);
      const configBytes = await fetchBlobBytes(
        this.requester,
        this.#targets,
        this.reference,
        config,
        maxConfigBytes,
        this.signal,
      );
      if (!platformKnown && !this.#configFits(configBytes)) return undefined;
      return {
        manifestDigest: fetched.digest,
        manifest: parsed.manifest,
        manifestBytes: fetched.bytes,
        configBytes,
      };
    }
    if (depth >= maxIndexDepth)
      throw new SlipwayError('IMAGE_INVALID', `indexes are nested more than ${maxIndexDepth} deep`, {
        object: this.#object,
      });
    let artifact: unknown;
    for (const entry of this.#candidates(parsed.index)) {
      const child = await this.#fetchManifest(entry.digest, entry);
      const known = entry.platform !== undefined && isManifestType(entry.mediaType);
      try {
        const chosen = await this.#choose(child, known, depth + 1);
        if (chosen) return chosen;
      } catch (error) {
        // An index may hold signatures, charts and the like beside the image, and before it.
        if (!isSlipwayError(error) || error.code !== 'IMAGE_UNSUPPORTED') throw error;
        artifact ??= error;
      }
    }
    if (artifact) throw artifact;
    return undefined;
  }

  /** The entries worth a look, best first; those that do not tell their platform come last. */
  #candidates(index: ImageIndex): Descriptor[] {
    const ranked: { entry: Descriptor; rank: number }[] = [];
    for (const entry of index.manifests) {
      if (!isIndexType(entry.mediaType) && !isManifestType(entry.mediaType)) continue;
      if (entry.artifactType !== undefined && !isConfigType(entry.artifactType)) continue;
      const { platform } = entry;
      if (!platform || (platform.os === '' && platform.architecture === '')) {
        ranked.push({ entry: { ...entry, platform: undefined }, rank: Number.MAX_SAFE_INTEGER });
        continue;
      }
      // BuildKit's attestations stand in the index as images of the platform unknown/unknown.
      if (platform.os === 'unknown') continue;
      this.#available.add(formatPlatform(normalizePlatform(platform)));
      const rank = platformRank(this.platform, platform);
      if (rank !== undefined) ranked.push({ entry, rank });
    }
    return ranked.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry);
  }

  #configFits(configBytes: Buffer): boolean {
    const { os, architecture, variant } = readConfig(configBytes, this.#object);
    // Some builders of minimal images leave both out; there is nothing to compare then.
    if (!os || !architecture) return true;
    const platform = { os, architecture, ...(variant ? { variant } : {}) };
    this.#available.add(formatPlatform(normalizePlatform(platform)));
    return platformRank(this.platform, platform) !== undefined;
  }

  #tooMuch(what: string): SlipwayError {
    return new SlipwayError('LIMIT_EXCEEDED', `the image cannot be taken: ${what}`, {
      object: this.#object,
      hint: 'build the image with fewer labels, history entries and layers',
    });
  }

  #noPlatform(): SlipwayError {
    const names = [...this.#available].sort();
    return new SlipwayError(
      'IMAGE_PLATFORM',
      `no image for ${formatPlatform(normalizePlatform(this.platform))}; available: ${names.join(', ') || 'none'}`,
      { object: this.#object },
    );
  }

  #fetchManifest(name: string, entry?: Descriptor): Promise<Fetched> {
    if (++this.#fetches > maxManifests)
      throw new SlipwayError('IMAGE_INVALID', `more than ${maxManifests} manifests lead to the image`, {
        object: this.#object,
      });
    const byDigest = name.includes(':');
    const what = entry ? `manifest ${name} of ${canonicalString(this.reference)}` : canonicalString(this.reference);
    const { requester, signal, reference } = this;
    const object = `image ${repositoryName(reference)}`;
    const capability = byDigest ? 'pull' : 'resolve';
    return askInOrder(
      { requester, targets: this.#targets, capability, object, what, signal },
      async (target): Promise<Fetched> => {
        const answer = await this.requester.send(target, `/manifests/${name}`, {
          headers: { accept: manifestAccept },
          signal,
        });
        if (!isWhole(answer)) throw await answerFault(answer, 'the manifest', this.requester.nameOf(target), signal);
        const bytes = await readBody(answer, maxManifestBytes, 'the manifest', signal);
        const contentType = header(answer, 'content-type') ?? '';
        const wanted = byDigest
          ? parseDigest(name)
          : announcedDigest(header(answer, 'docker-content-digest'), contentType);
        verifyBytes(bytes, wanted, entry?.size, 'the manifest', this.requester.nameOf(target));
        // The host decides what a tag names: another host may name a manifest.
        if (!byDigest) parseManifest(bytes, contentType, this.#object);
        return { bytes, digest: wanted ?? digestOf(bytes), contentType, target };
      },
    );
  }
}

/** The digest that a tag names, by HEAD where the registry answers it with one, else by the manifest itself. */
export async function resolveDigest(
  requester: Requester,
  targets: readonly Target[],
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<{ digest: Digest; host: string }> {
  if (reference.digest) return { digest: reference.digest, host: '' };
  const path = `/manifests/${reference.tag ?? 'latest'}`;
  const object = `image ${repositoryName(reference)}`;
  return askInOrder(
    { requester, targets, capability: 'resolve', object, what: canonicalString(reference), signal },
    async (target) => {
      const request = { headers: { accept: manifestAccept }, signal };
      const head = await requester.send(target, path, { ...request, method: 'HEAD' });
      await discard(head);
      const announced = header(head, 'docker-content-digest');
      if (head.status === 200 && announced) return { digest: parseDigest(announced), host: requester.nameOf(target) };
      // HEAD carries no error text, and some registries do not know it.
      const answer = await requester.send(target, path, request);
      if (!isWhole(answer)) throw await answerFault(answer, 'the manifest', requester.nameOf(target), signal);
      const bytes = await readBody(answer, maxManifestBytes, 'the manifest', signal);
      parseManifest(bytes, header(answer, 'content-type') ?? '', object);
      return { digest: digestOf(bytes), host: requester.nameOf(target) };
    },
  );
}

/** Whether one of the hosts has a blob for us; one that does not answer does not say so. */
export async function hasBlob(
  requester: Requester,
  targets: readonly Target[],
  reference: Reference,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const object = `image ${repositoryName(reference)}`;
  try {
    return await askInOrder(
      { requester, targets, capability: 'pull', object, what: `blob ${digest}`, signal },
      async (target) => {
        const answer = await requester.send(target, `/blobs/${digest}`, { method: 'HEAD', signal });
        if (answer.status !== 200) throw await answerFault(answer, 'the blob', requester.nameOf(target), signal);
        await discard(answer);
        return true;
      },
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (isSlipwayError(error)) return false;
    throw error;
  }
}

/** A small blob in memory, verified. */
export async function fetchBlobBytes(
  requester: Requester,
  targets: readonly Target[],
  reference: Reference,
  descriptor: Descriptor,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const { digest, size } = descriptor;
  if (size > maxBytes)
    throw new SlipwayError('LIMIT_EXCEEDED', `${digest} has ${size} bytes, more than the allowed ${maxBytes}`, {
      object: `image ${canonicalString(reference)}`,
    });
  const object = `image ${repositoryName(reference)}`;
  return askInOrder(
    { requester, targets, capability: 'pull', object, what: `blob ${digest}`, signal },
    async (target) => {
      const answer = await requester.send(target, `/blobs/${digest}`, { signal });
      if (!isWhole(answer)) throw await answerFault(answer, 'the blob', requester.nameOf(target), signal);
      const bytes = await readBody(answer, maxBytes, 'the blob', signal);
      verifyBytes(bytes, digest, size, 'the blob', requester.nameOf(target));
      return bytes;
    },
  );
}

/** A signed schema 1 manifest's digest is not that of its bytes: it is refused later, for what it is. */
function announcedDigest(text: string | undefined, contentType: string): Digest | undefined {
  return text === undefined || contentType.includes('distribution.manifest.v1+') ? undefined : parseDigest(text);
}

function readConfig(bytes: Buffer, object: string): { os?: string; architecture?: string; variant?: string } {
  try {
    const json = JSON.parse(bytes.toString('utf8')) as Record<string, unknown> | null;
    const text = (name: string) => (typeof json?.[name] === 'string' ? json[name] : '');
    return { os: text('os'), architecture: text('architecture'), variant: text('variant') };
  } catch (cause) {
    throw new SlipwayError('IMAGE_INVALID', 'the image config is not JSON', { object, cause });
  }
}
