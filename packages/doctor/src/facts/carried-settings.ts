import { asFlag, asMilliseconds, asOpposite, asPath, asText, asWhole, type CarriedSetting } from '../checks/carried.js';

const port = asWhole(1, 65_535);

/** Below the tables of the CRI plugin (containerd docs/cri/config.md). */
export const carriedContainerdCri: Readonly<Record<string, CarriedSetting>> = {
  stream_server_address: { key: 'streaming.address', value: asText },
  stream_server_port: { key: 'streaming.port', value: port },
  stream_idle_timeout: { key: 'streaming.idleTimeoutMs', value: asMilliseconds(0, 2 ** 40) },
  'x509_key_pair_streaming.tls_cert_file': { key: 'streaming.tlsCert', value: asPath },
  'x509_key_pair_streaming.tls_key_file': { key: 'streaming.tlsKey', value: asPath },
  max_concurrent_downloads: { key: 'images.parallel', value: asWhole(1, 64) },
  image_pull_progress_timeout: { key: 'images.noProgressMs', value: asMilliseconds(1000, 3_600_000) },
};

/** The NRI plugin (containerd docs/NRI.md). */
export const carriedContainerdNri: Readonly<Record<string, CarriedSetting>> = {
  disable: { key: 'nri.enabled', value: asOpposite },
  socket_path: { key: 'nri.socket', value: asPath },
  plugin_path: { key: 'nri.pluginDir', value: asPath },
  plugin_config_path: { key: 'nri.configDir', value: asPath },
  plugin_registration_timeout: { key: 'nri.registrationTimeoutMs', value: asMilliseconds(100, 600_000) },
  plugin_request_timeout: { key: 'nri.requestTimeoutMs', value: asMilliseconds(100, 600_000) },
};

/** The verifiers of images (containerd docs/image-verification.md). */
export const carriedContainerdVerifier: Readonly<Record<string, CarriedSetting>> = {
  bin_dir: { key: 'images.verifierDir', value: asPath },
  max_verifiers: { key: 'images.maxVerifiers', value: asWhole(-1, 1000) },
  per_verifier_timeout: { key: 'images.verifierTimeoutMs', value: asMilliseconds(100, 600_000) },
};

/** Below [crio] (crio.conf.5). */
export const carriedCrio: Readonly<Record<string, CarriedSetting>> = {
  'api.stream_address': { key: 'streaming.address', value: asText },
  'api.stream_port': { key: 'streaming.port', value: port },
  'api.stream_idle_timeout': { key: 'streaming.idleTimeoutMs', value: asMilliseconds(0, 2 ** 40) },
  'api.stream_tls_cert': { key: 'streaming.tlsCert', value: asPath },
  'api.stream_tls_key': { key: 'streaming.tlsKey', value: asPath },
  'api.stream_tls_ca': { key: 'streaming.clientCa', value: asPath },
  'runtime.conmon': { key: 'runtime.conmon', value: asPath },
  'image.global_auth_file': { key: 'images.authFile', value: asPath },
  'nri.enable_nri': { key: 'nri.enabled', value: asFlag },
  'nri.nri_listen': { key: 'nri.socket', value: asPath },
  'nri.nri_plugin_dir': { key: 'nri.pluginDir', value: asPath },
  'nri.nri_plugin_config_dir': { key: 'nri.configDir', value: asPath },
  'nri.nri_plugin_registration_timeout': { key: 'nri.registrationTimeoutMs', value: asMilliseconds(100, 600_000) },
  'nri.nri_plugin_request_timeout': { key: 'nri.requestTimeoutMs', value: asMilliseconds(100, 600_000) },
};
