import type { RegistryHost } from './hosts.js';
import type { ExplainedHost } from '../options.js';
import type { Reference } from '../reference.js';
import type { Target } from '../transfer/requester.js';

/** The hosts that a pull would ask, in order, for people who wonder why a pull goes where it goes. */
export function explainTargets(targets: readonly Target[], reference: Reference): ExplainedHost[] {
  return targets.map(({ host, credentialsSource }, at) => ({
    url: `${host.origin}${host.path}`,
    capabilities: host.capabilities,
    source: host.line === undefined ? host.source : `${host.source}:${host.line}`,
    reason: reasonOf(host, reference, at === targets.length - 1),
    credentials: credentialsSource,
    settings: settingsOf(host),
  }));
}

function reasonOf(host: RegistryHost, { registry, digest }: Reference, last: boolean): string {
  const able = (capability: 'pull' | 'resolve'): boolean => host.capabilities.includes(capability);
  const who =
    host.source === 'default'
      ? `no hosts.toml names ${registry}: the registry itself`
      : host.upstream
        ? `${last ? 'the last one: ' : ''}the registry itself, as the server of ${registry}`
        : `a mirror of ${registry}`;
  if (!able('pull') && !able('resolve')) return `${who}; never asked, for it has neither "pull" nor "resolve"`;
  if (!able('pull')) return `${who}; asked only what a tag names, because it lacks "pull"`;
  if (!able('resolve') && !digest) return `${who}; not asked what the tag names, because it lacks "resolve"`;
  return who;
}

function settingsOf({ tls, headers, path, maybePlain, origin, dialTimeoutMs }: RegistryHost): string[] {
  return [
    ...(origin.startsWith('http:') ? ['plain http'] : []),
    ...(maybePlain ? ['plain http where no TLS is spoken, for it is on loopback'] : []),
    ...(tls.skipVerify ? ['its certificate is not checked (skip_verify)'] : []),
    ...(tls.ca.length > 0 ? [`${tls.ca.length} certificate authorities of its own (ca)`] : []),
    ...(tls.client ? ['a client certificate (client)'] : []),
    // Values may be secrets.
    ...(Object.keys(headers).length > 0 ? [`headers ${Object.keys(headers).join(', ')}`] : []),
    ...(path.endsWith('/v2') ? [] : [`the path ${path || '/'} instead of /v2 (override_path)`]),
    ...(dialTimeoutMs === undefined ? [] : [`a connection within ${dialTimeoutMs} ms (dial_timeout)`]),
  ];
}
