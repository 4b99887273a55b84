import { SlipwayError, toSlipwayError } from '@slipway/errors';
import { type FetchedManifest, fetchManifest, listReferrers } from './manifest/artifacts.js';
import { Authorizer } from './auth/auth.js';
import { BlobDownload } from './transfer/blob.js';
import type { Digest } from '@slipway/digest';
import { HostsLookup } from './hosts/hosts.js';
import type { Descriptor } from './manifest/manifest.js';
import type {
  DownloadedBlob,
  DownloadOptions,
  Explanation,
  RegistryClientOptions,
  RequestOptions,
  ResolvedImage,
  ResolveOptions,
} from './options.js';
import { explainTargets } from './hosts/explain.js';
import { hostPlatform } from './manifest/platform.js';
import { canonicalString, type Reference } from './reference.js';
import { Requester, type Target } from './transfer/requester.js';
import { fetchBlobBytes, hasBlob, resolveDigest, Resolver } from './manifest/resolve.js';
import { Transport } from './transfer/transport.js';
import { defaultFlow } from './transfer/watch.js';

const defaultBlobBytes = 4 * 1024 * 1024;

/**
 * A client of OCI distribution registries; one per process, safe to use from concurrent pulls.
 *
 * Every call asks the reference's hosts in order; when all fail, its error tells what each of them said:
 * REGISTRY_UNAVAILABLE, REGISTRY_DENIED, REGISTRY_NOT_FOUND, DIGEST_MISMATCH, LIMIT_EXCEEDED or REGISTRY_ERROR.
 * An aborted call ends with CANCELLED, or with the signal's own reason where that is a SlipwayError.
 */
export class RegistryClient {
  readonly #requester: Requester;

  constructor(options: RegistryClientOptions = {}) {
    const transport = new Transport({
      userAgent: options.userAgent ?? 'slipway',
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      headersTimeoutMs: options.headersTimeoutMs ?? 30_000,
      flow: {
        noProgressMs: options.noProgressMs ?? defaultFlow.noProgressMs,
        minBytesPerSecond: options.minBytesPerSecond ?? defaultFlow.minBytesPerSecond,
      },
    });
    this.#requester = new Requester(
      transport,
      new Authorizer(transport),
      new HostsLookup(options.hostsDirs),
      options.credentialSource,
      {
        attempts: options.attempts ?? 5,
        backoffMs: options.backoffMs ?? 250,
        maxRetryAfterMs: options.maxRetryAfterMs ?? 60_000,
      },
    );
  }

  /**
   * The hosts for a reference in the order they are asked, and their credentials, as files and credential helpers
   * say now. A pull looks once and hands this to all its calls.
   */
  async targets(reference: Reference, options: RequestOptions = {}): Promise<readonly Target[]> {
    return this.#guard(reference, options.signal, () => this.#targets(reference, options));
  }

  /**
   * From a reference to the manifest for a platform, and its config. Everything returned was verified against its
   * digest. Errors besides the hosts': IMAGE_PLATFORM, IMAGE_UNSUPPORTED, IMAGE_INVALID.
   */
  async resolve(reference: Reference, options: ResolveOptions = {}): Promise<ResolvedImage> {
    const { signal, platform = hostPlatform() } = options;
    return this.#guard(reference, signal, async () => {
      const targets = await this.#targets(reference, options);
      const found = await new Resolver(this.#requester, targets, reference, platform, signal).run();
      return { reference, ...found, config: found.manifest.config, layers: found.manifest.layers };
    });
  }

  /** The digest that a tag names now, at the price of a HEAD; a reference with a digest costs nothing. */
  async resolveDigest(reference: Reference, options: RequestOptions = {}): Promise<{ digest: Digest; host: string }> {
    const { signal } = options;
    return this.#guard(reference, signal, async () => {
      const targets = await this.#targets(reference, options);
      return resolveDigest(this.#requester, targets, reference, signal);
    });
  }

  /**
   * A manifest in the reference's repository by tag or digest, of any kind; not parsed. A missing one is
   * REGISTRY_NOT_FOUND.
   */
  async fetchManifest(reference: Reference, name: string, options: RequestOptions = {}): Promise<FetchedManifest> {
    const { signal } = options;
    return this.#guard(reference, signal, async () => {
      const targets = await this.#targets(reference, options);
      return fetchManifest(this.#requester, targets, reference, name, signal);
    });
  }

  /** The artifacts attached to a manifest (signatures, attestations), by the referrers API or its tag schema. */
  async listReferrers(
    reference: Reference,
    subject: Digest,
    options: RequestOptions = {},
  ): Promise<readonly Descriptor[]> {
    const { signal } = options;
    return this.#guard(reference, signal, async () => {
      const targets = await this.#targets(reference, options);
      return listReferrers(this.#requester, targets, reference, subject, signal);
    });
  }

  /** A small blob in memory, verified. `maxBytes` default 4 MiB; more is LIMIT_EXCEEDED. */
  async fetchBlobBytes(
    reference: Reference,
    descriptor: Descriptor,
    options: RequestOptions & { maxBytes?: number } = {},
  ): Promise<Uint8Array> {
    const { signal, maxBytes = defaultBlobBytes } = options;
    return this.#guard(reference, signal, async () => {
      const targets = await this.#targets(reference, options);
      return fetchBlobBytes(this.#requester, targets, reference, descriptor, maxBytes, signal);
    });
  }

  /** Whether a registry says that these credentials have a blob in the reference's repository, at the price of a HEAD. */
  async hasBlob(reference: Reference, digest: Digest, options: RequestOptions = {}): Promise<boolean> {
    const { signal } = options;
    return this.#guard(reference, signal, async () => {
      const targets = await this.#targets(reference, options);
      return hasBlob(this.#requester, targets, reference, digest, signal);
    });
  }

  /**
   * A blob into `options.path`; what the file holds from an earlier try is not fetched again. On return the file is
   * complete and verified, though not synced. After a failure the file stays for the next try (with `<path>.ranges`
   * beside it where it has holes), but after DIGEST_MISMATCH it is removed.
   */
  async downloadBlob(descriptor: Descriptor, options: DownloadOptions): Promise<DownloadedBlob> {
    const { reference, signal } = options;
    return this.#guard(reference, signal, async () => {
      const targets = await this.#targets(reference, options);
      return new BlobDownload(this.#requester, targets, descriptor, options).run();
    });
  }

  /** The hosts that would be asked for a reference, in order and with which credentials, without asking any. */
  async explain(reference: Reference, options: RequestOptions = {}): Promise<Explanation> {
    const { warnings, passed } = await this.#requester.hosts.find(reference);
    const targets = await this.#requester.targets(reference, options.credentials, options.signal);
    return { warnings, passed, hosts: explainTargets(targets, reference) };
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#requester.transport.close();
  }

  async #targets(reference: Reference, options: RequestOptions): Promise<readonly Target[]> {
    return options.targets ?? this.#requester.targets(reference, options.credentials, options.signal);
  }

  async #guard<T>(reference: Reference, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const object = `image ${canonicalString(reference)}`;
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) {
        if (signal.reason instanceof SlipwayError) throw signal.reason;
        throw new SlipwayError('CANCELLED', 'the pull was cancelled', { object, cause: signal.reason });
      }
      throw toSlipwayError(error, 'INTERNAL', { object });
    }
  }
}
