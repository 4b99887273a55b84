export type { FetchedManifest } from './manifest/artifacts.js';
export { RegistryClient } from './client.js';
export type { AuthConfig, CredentialSource } from './auth/credentials.js';
export { DockerConfigFile } from './auth/docker-config.js';
export {
  type Descriptor,
  type ImageManifest,
  type PlatformFields,
  parseArtifactLayers,
  parseManifest,
} from './manifest/manifest.js';
export { mediaTypes } from './manifest/media-types.js';
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
export type { Target } from './transfer/requester.js';
export { maxConfigBytes } from './transfer/verify-bytes.js';
export { hostPlatform, type Platform, platformRank } from './manifest/platform.js';
export { canonicalString, parseReference, type Reference, repoDigest, repositoryName, repoTag } from './reference.js';
