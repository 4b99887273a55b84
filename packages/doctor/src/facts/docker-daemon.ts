import type { Root, Tree } from '../root.js';
import { textAt, textsAt } from '../root.js';
import { flagsOf } from './kubelet.js';
import { processes } from './processes.js';
import { unitEnvironment, unitWords } from './systemd.js';

export const daemonFile = '/etc/docker/daemon.json';

/** Docker's daemon as its file, unit and process tell. */
export interface DockerDaemon {
  readonly found: boolean;
  readonly config: Tree;
  readonly dataRoot: string;
  readonly cgroupDriver: 'systemd' | 'cgroupfs' | undefined;
  readonly proxies: ReadonlyMap<string, string>;
}

export function readDockerDaemon(root: Root): DockerDaemon {
  const config = root.json(daemonFile) ?? {};
  const units = unitWords(root, 'docker.service').flatMap(({ words }) => words);
  const words = processes(root).find(({ name }) => name === 'dockerd')?.words ?? units;
  const flags = flagsOf(words);
  const options = [...textsAt(config, 'exec-opts'), ...words.map((word) => word.replace(/^--exec-opt=/, ''))];
  const driver = options.map((one) => /^native\.cgroupdriver=(systemd|cgroupfs)$/.exec(one)?.[1]).find(Boolean);
  const proxies = new Map<string, string>();
  for (const [name, value] of unitEnvironment(root, 'docker.service')) {
    if (/^(https?|no)_proxy$/i.test(name)) proxies.set(name.toUpperCase(), value);
  }
  for (const key of ['http-proxy', 'https-proxy', 'no-proxy']) {
    const value = textAt(config, 'proxies', key);
    if (value !== undefined) proxies.set(key.replace('-', '_').toUpperCase(), value);
  }
  return {
    found: Object.keys(config).length > 0 || words.length > 0 || root.exists('/var/lib/docker/containers'),
    config,
    dataRoot: textAt(config, 'data-root') ?? textAt(config, 'graph') ?? flags.get('data-root') ?? '/var/lib/docker',
    cgroupDriver: driver as DockerDaemon['cgroupDriver'],
    proxies,
  };
}
