/** What a hosts.toml says about one registry. */
export interface RegistryHosts {
  /** `docker.io`, `registry.example:5000` or `_default` for all others. */
  readonly registry: string;
  readonly mirrors: readonly string[];
  /** Its certificate is not checked, and plain HTTP is tried. */
  readonly insecure: boolean;
}

/** The file below /etc/containerd/certs.d that holds what was set elsewhere (containerd docs/hosts.md). */
export function hostsToml({ registry, mirrors, insecure }: RegistryHosts): { file: string; text: string } {
  const directory = registry === '*' ? '_default' : registry;
  const server = registry === 'docker.io' ? 'https://registry-1.docker.io' : `https://${registry}`;
  const lines = directory === '_default' ? [] : [`server = ${JSON.stringify(server)}`];
  for (const mirror of mirrors) {
    lines.push('', `[host.${JSON.stringify(mirror.replace(/\/$/, ''))}]`, 'capabilities = ["pull", "resolve"]');
  }
  if (insecure && directory !== '_default') {
    for (const url of [`https://${registry}`, `http://${registry}`]) {
      lines.push('', `[host.${JSON.stringify(url)}]`, 'capabilities = ["pull", "resolve"]', 'skip_verify = true');
    }
  }
  return { file: `/etc/containerd/certs.d/${directory}/hosts.toml`, text: `${lines.join('\n').trim()}\n` };
}
