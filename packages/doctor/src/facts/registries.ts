/** A hosts.toml's entry for a registry. */
export interface RegistryHosts {
  /** `docker.io`, `registry.example:5000` or `_default` for all others. */
  readonly registry: string;
  readonly mirrors: readonly string[];
  /** Its certificate is not checked, and plain HTTP is tried. */
  readonly insecure: boolean;
  /** Those of the mirrors whose certificate is not checked, and on which plain HTTP is tried. */
  readonly insecureMirrors?: readonly string[];
}

/** The file below /etc/containerd/certs.d that holds what was set elsewhere (containerd docs/hosts.md). */
export function hostsToml({ registry, mirrors, insecure, insecureMirrors = [] }: RegistryHosts): {
  file: string;
  text: string;
} {
  const directory = registry === '*' ? '_default' : registry;
  const server = registry === 'docker.io' ? 'https://registry-1.docker.io' : `https://${registry}`;
  const lines = directory === '_default' ? [] : [`server = ${JSON.stringify(server)}`];
  for (const mirror of mirrors) {
    const unchecked = insecureMirrors.includes(mirror);
    for (const url of unchecked ? [mirror, mirror.replace(/^https:/, 'http:')] : [mirror]) {
      lines.push('', ...hostLines(url), ...(unchecked ? ['skip_verify = true'] : []));
    }
  }
  if (insecure && directory !== '_default') {
    for (const url of [`https://${registry}`, `http://${registry}`]) {
      lines.push('', `[host.${JSON.stringify(url)}]`, 'capabilities = ["pull", "resolve"]', 'skip_verify = true');
    }
  }
  return { file: `/etc/containerd/certs.d/${directory}/hosts.toml`, text: `${lines.join('\n').trim()}\n` };
}

/** A mirror below a path holds its repositories there, where others have /v2 (containerd docs/hosts.md, override_path). */
function hostLines(mirror: string): string[] {
  const [, host = mirror, path = ''] = /^(\w+:\/\/[^/]+)(\/.+?)?\/?$/.exec(mirror) ?? [];
  const url = path === '' || path.startsWith('/v2') ? `${host}${path}` : `${host}/v2${path}`;
  const lines = [`[host.${JSON.stringify(url)}]`, 'capabilities = ["pull", "resolve"]'];
  return path === '' ? lines : [...lines, 'override_path = true'];
}

/** An entry for each registry: two runtimes may both configure it, and there is one file for it. */
export function mergedRegistries(all: readonly RegistryHosts[]): RegistryHosts[] {
  const merged = new Map<string, RegistryHosts>();
  for (const one of all) {
    const before = merged.get(one.registry);
    merged.set(one.registry, {
      registry: one.registry,
      mirrors: [...new Set([...(before?.mirrors ?? []), ...one.mirrors])],
      insecure: (before?.insecure ?? false) || one.insecure,
      insecureMirrors: [...new Set([...(before?.insecureMirrors ?? []), ...(one.insecureMirrors ?? [])])],
    });
  }
  return [...merged.values()];
}
