import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestRegistry } from '@slipway/testbed';
import { until } from './until.js';

/** Two network namespaces joined by a veth pair; in the first a hub's NATS and a registry that counts. */
export interface Site {
  readonly namespaces: readonly [string, string];
  /** For `nats.hub`. */
  readonly hub: string;
  /** host:port, as both namespaces reach it. */
  readonly registry: string;
  /** For `images.registryDirs`: tells that the registry speaks plain http. */
  readonly registryDirectory: string;
  /** The digests of the layers below an image's tag `latest`. */
  layersOf(repository: string): Promise<string[]>;
  /** The blobs that anybody fetched, in order, by the registry's access log. */
  blobsFetched(): string[];
  stopHub(): Promise<void>;
  close(): Promise<void>;
}

/** @param source whose storage the site's registry serves too: images are pushed there */
export async function openSite(source: TestRegistry): Promise<Site> {
  const directory = mkdtempSync(join(tmpdir(), 'sw-site-'));
  const name = `sw-${randomBytes(3).toString('hex')}`;
  const namespaces = [`${name}-a`, `${name}-b`] as const;
  const net = `10.251.${randomInt(0, 256)}`;
  const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });
  const processes: ChildProcess[] = [];
  const end = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };
  const start = (log: string, ...command: string[]): ChildProcess => {
    const file = openSync(join(directory, log), 'a');
    const child = spawn('ip', ['netns', 'exec', namespaces[0], ...command], { stdio: ['ignore', file, file] });
    closeSync(file);
    processes.push(child);
    return child;
  };
  const close = async (): Promise<void> => {
    await Promise.all(processes.map(end));
    for (const netns of namespaces) ip('netns', 'del', netns);
    rmSync(directory, { recursive: true });
  };

  for (const netns of namespaces) ip('netns', 'add', netns);
  ip('link', 'add', 'site0', 'netns', namespaces[0], 'type', 'veth', 'peer', 'name', 'site0', 'netns', namespaces[1]);
  for (const [at, netns] of namespaces.entries()) {
    ip('-n', netns, 'addr', 'add', `${net}.${at + 1}/24`, 'dev', 'site0');
    for (const link of ['lo', 'site0']) ip('-n', netns, 'link', 'set', link, 'up');
  }
  writeFileSync(join(directory, 'hub.conf'), `listen: "${net}.1:4222"\nleafnodes { listen: "${net}.1:7422" }\n`);
  const hub = start('hub.log', 'nats-server', '-c', join(directory, 'hub.conf'));
  const registry = `${net}.1:5000`;
  writeFileSync(
    join(directory, 'registry.yml'),
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${source.storage}}}\nhttp: {addr: "${registry}"}\n`,
  );
  start('registry.log', 'docker-registry', 'serve', join(directory, 'registry.yml'));
  const registryDirectory = join(directory, 'certs.d');
  mkdirSync(join(registryDirectory, registry), { recursive: true });
  writeFileSync(join(registryDirectory, registry, 'hosts.toml'), `server = "http://${registry}"\n`);
  const log = (file: string): string => readFileSync(join(directory, file), 'utf8');
  try {
    await until('the hub is up', () => log('hub.log').includes('Server is ready'));
    await until('the registry is up', () => listens(namespaces[0], 5000));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    namespaces,
    hub: `nats-leaf://${net}.1:7422`,
    registry,
    registryDirectory,
    layersOf: async (repository) => {
      const answer = await fetch(`http://${source.host}/v2/${repository}/manifests/latest`, {
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
      });
      const { layers } = (await answer.json()) as { layers: { digest: string }[] };
      return layers.map(({ digest }) => digest);
    },
    blobsFetched: () =>
      [...log('registry.log').matchAll(/"GET \/v2\/\S+\/blobs\/(sha256:[0-9a-f]+) /g)].map(
        (found) => found[1] as string,
      ),
    stopHub: () => end(hub),
    close,
  };
}

function listens(netns: string, port: number): boolean {
  const sockets = execFileSync('ip', ['netns', 'exec', netns, 'ss', '-ltnH'], { encoding: 'utf8' });
  return sockets.includes(`:${port} `);
}
