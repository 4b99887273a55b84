export {
  type DownloadedBlob,
  type DownloadOptions,
  type DownloadProgress,
  type ExplainedHost,
  RegistryClient,
  type RegistryClientOptions,
  type RequestOptions,
  type ResolvedImage,
  type ResolveOptions,
} from './client.js';
export type { AuthConfig, CredentialSource } from './credentials.js';
export {
  type Digest,
  type DigestAlgorithm,
  Digester,
  digestAlgorithm,
  digestHex,
  digestOf,
  matchesDigest,
  parseDigest,
} from './digest.js';
export type { Descriptor, ImageManifest, PlatformFields } from './manifest.js';
export type { Platform } from './platform.js';
export {
  apiHost,
  canonicalString,
  familiarString,
  isLoopback,
  parseReference,
  type Reference,
  repoDigest,
  repositoryName,
  repoTag,
} from './reference.js';
