export type { FetchedManifest } from './artifacts.js';
export { RegistryClient } from './client.js';
export type { AuthConfig, CredentialSource } from './credentials.js';
export { DockerConfigFile } from './docker-config.js';
export {
  type Descriptor,
  type ImageManifest,
  type PlatformFields,
  parseArtifactLayers,
  parseManifest,
} from './manifest.js';
export { mediaTypes } from './media-types.js';
export type {
  DownloadedBlob,
  DownloadOptions,
  DownloadProgress,
  ExplainedHost,
  Explanation,
  RegistryClientOptions,
  RequestOptions,
  ResolvedImage,
  ResolveOptions,
} from './options.js';
export type { Target } from './requester.js';
export { maxConfigBytes } from './verify-bytes.js';
export { hostPlatform, type Platform, platformRank } from './platform.js';
export { canonicalString, parseReference, type Reference, repoDigest, repositoryName, repoTag } from './reference.js';
