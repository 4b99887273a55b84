import type { AuthConfig, CredentialSource } from './auth/credentials.js';
import type { Digest } from '@slipway/digest';
import type { Descriptor, ImageManifest } from './manifest/manifest.js';
import type { Platform } from './manifest/platform.js';
import type { Reference } from './reference.js';
import type { Target } from './transfer/requester.js';

export interface RegistryClientOptions {
  /** Directories in containerd's certs.d layout, first one first. Read again when a file changes. */
  hostsDirs?: readonly string[];
  /** Asked for hosts that the call's AuthConfig is not for. */
  credentialSource?: CredentialSource;
  userAgent?: string;
  /** Time for a connection to stand, ms; default 10 000. */
  connectTimeoutMs?: number;
  /** Time for an answer's headers, ms; default 30 000. */
  headersTimeoutMs?: number;
  /** Longest time without a byte in the body of any answer, ms; default 30 000. A download may have its own. */
  noProgressMs?: number;
  /** Fewest bytes a second over `noProgressMs`; default 1024, 0 is none. */
  minBytesPerSecond?: number;
  /** Tries in a row without progress before a request is given up; default 5. */
  attempts?: number;
  /** First pause between tries, ms, doubled each time with jitter; default 250. */
  backoffMs?: number;
  /** Longest Retry-After that is waited for, ms; default 60 000. */
  maxRetryAfterMs?: number;
}

export interface RequestOptions {
  credentials?: AuthConfig;
  signal?: AbortSignal;
  /** The result of RegistryClient.targets(), for several calls of one pull; without it the targets are looked up again. */
  targets?: readonly Target[];
}

export interface ResolveOptions extends RequestOptions {
  /** Default: this machine's. */
  platform?: Platform;
}

export interface ResolvedImage {
  readonly reference: Reference;
  /** The digest that the tag named, of an index or a manifest. It goes to repo_digests. */
  readonly resolvedDigest: Digest;
  /** The chosen platform's manifest. */
  readonly manifestDigest: Digest;
  readonly manifest: ImageManifest;
  readonly manifestBytes: Uint8Array;
  /** Its digest is the image id. */
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** The config itself, verified. */
  readonly configBytes: Uint8Array;
  /** The host that answered, `http://127.0.0.1:5000`. */
  readonly host: string;
}

export interface DownloadProgress {
  /** Bytes of the blob on disk, those of an earlier run too. */
  readonly bytes: number;
  /** Bytes on disk from the start without a gap: a reader may read up to here. */
  readonly front: number;
  readonly total: number;
}

export interface DownloadOptions extends RequestOptions {
  reference: Reference;
  /** The partial file; what it holds already is kept and fetched no more. Complete and verified on return. */
  path: string;
  /** Told once at the start, with what is there from before, and then as bytes reach the disk. */
  onProgress?: (progress: DownloadProgress) => void;
  onRetry?: (retry: { host: string; attempt: number; delayMs: number; reason: string }) => void;
  /** Simultaneous requests for one big blob, and the smallest piece; default 4 of 16 MiB. `{ parallel: 1 }` is one stream. */
  ranges?: { parallel: number; pieceBytes?: number };
  /** Longest time without a byte, ms; default: the client's. */
  noProgressMs?: number;
  /** Fewest bytes a second over `noProgressMs`; default: the client's, 0 is none. */
  minBytesPerSecond?: number;
  /** Longest time for the whole blob, ms; default none. */
  ceilingMs?: number;
}

export interface DownloadedBlob {
  readonly digest: Digest;
  readonly size: number;
  /** Bytes that came over the network in this call. */
  readonly fetched: number;
  /** The host that served the last of it. */
  readonly host: string;
}

/** A host that a pull would ask, and why. */
export interface ExplainedHost {
  readonly url: string;
  readonly capabilities: readonly string[];
  /** `default`, or the file and line that name it. */
  readonly source: string;
  /** Why it is asked, and at this place. */
  readonly reason: string;
  /** Where its credentials come from, or why there are none. */
  readonly credentials: string;
  /** Settings of it that are not the default: TLS, headers' names, time-outs. */
  readonly settings: readonly string[];
}

export interface Explanation {
  readonly hosts: readonly ExplainedHost[];
  /** Entries of a hosts.toml that have no effect, with file and line. */
  readonly warnings: readonly string[];
  /** Directories that were looked at before and hold nothing for this registry. */
  readonly passed: readonly string[];
}
