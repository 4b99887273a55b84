import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { type Capability, type HostEntry, type HostsFile, parseHostsToml } from './hosts-toml.js';
import { apiHost, isLoopback, type Reference } from '../reference.js';

/** Settings of TLS to a host besides the system's own trust; PEM texts. */
export interface HostTls {
  readonly ca: readonly string[];
  readonly client?: { readonly cert: string; readonly key: string };
  readonly skipVerify: boolean;
}

/** A host that may be asked, ready for use. */
export interface RegistryHost {
  /** `https://registry-1.docker.io`, without a path. */
  readonly origin: string;
  /** `registry-1.docker.io`, `127.0.0.1:5000`. */
  readonly host: string;
  /** `/v2` or what override_path says; no slash at the end. */
  readonly path: string;
  readonly capabilities: readonly Capability[];
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: HostTls;
  /** The registry itself rather than a mirror of it. */
  readonly upstream: boolean;
  /** The registry's name. Mirrors receive it as `?ns=`, so that one mirror can serve several registries. */
  readonly namespace?: string;
  /** Whether plain http is to be tried where https is not spoken. */
  readonly maybePlain: boolean;
  /** `default`, or the file that names the host. */
  readonly source: string;
  /** The line of that file, from 1. */
  readonly line?: number;
  readonly dialTimeoutMs?: number;
}

export interface HostList {
  readonly hosts: readonly RegistryHost[];
  readonly warnings: readonly string[];
  /** Directories that were looked at and have nothing to say, in order. */
  readonly passed: readonly string[];
}

type FoundHosts = Omit<HostList, 'passed'>;

const allCapabilities: readonly Capability[] = ['pull', 'resolve', 'push'];
const plainTls: HostTls = { ca: [], skipVerify: false };

/**
 * Which hosts serve a registry, by the directories' `<host>/hosts.toml`. A registry's own directory in any of
 * them wins over a `_default` in any of them; among equals the earlier directory wins. The content is kept until
 * a file's time or size changes.
 */
export class HostsLookup {
  readonly #dirs: readonly string[];
  readonly #cache = new Map<string, { stamp: string; list: FoundHosts }>();

  constructor(dirs: readonly string[] = []) {
    this.#dirs = dirs;
  }

  /** The hosts in the order they are to be asked; the last one is the registry itself. INVALID_CONFIG names file and line. */
  async find(reference: Pick<Reference, 'registry'>): Promise<HostList> {
    const { registry } = reference;
    const passed: string[] = [];
    // Most nodes have none of them: what is not there is not asked for each name.
    const infos = await Promise.all(this.#dirs.map((dir) => stat(dir).catch(absent)));
    for (const name of [...directoryNames(registry), '_default']) {
      for (const [at, dir] of this.#dirs.entries()) {
        const found = infos[at] && (await this.#read(join(dir, name), registry));
        if (found) return { ...found, passed };
        passed.push(join(dir, name));
      }
    }
    return { hosts: [defaultHost(registry)], warnings: [], passed };
  }

  async #read(dir: string, registry: string): Promise<FoundHosts | undefined> {
    const file = join(dir, 'hosts.toml');
    const key = `${registry}\0${dir}`;
    const info = await stat(file).catch(absent);
    if (!info) return await dockerStyleDirectory(dir, registry);
    const text = await readFile(file, 'utf8');
    const parsed = parseHostsToml(text, file);
    const stamp = [String(info.mtimeMs), text, ...(await keyFileStamps(parsed, dir))].join('\0');
    const kept = this.#cache.get(key);
    if (kept?.stamp === stamp) return kept.list;
    const list = await buildList(parsed, file, dir, registry);
    this.#cache.set(key, { stamp, list });
    return list;
  }
}

/** `host_5000_` and `host:5000` both name a directory of a registry with a port (containerd docs/hosts.md). */
function directoryNames(registry: string): string[] {
  const port = /^(.*):(\d+)$/.exec(registry);
  return port ? [`${port[1]}_${port[2]}_`, registry] : [registry];
}

function defaultHost(registry: string): RegistryHost {
  const host = apiHost(registry);
  return {
    origin: `https://${host}`,
    host,
    path: '/v2',
    capabilities: allCapabilities,
    headers: {},
    tls: plainTls,
    upstream: true,
    maybePlain: isLoopback(registry),
    source: 'default',
  };
}

async function buildList(parsed: HostsFile, file: string, dir: string, registry: string): Promise<FoundHosts> {
  const hosts: RegistryHost[] = [];
  const upstreamHost = apiHost(registry);
  for (const entry of parsed.hosts) {
    const upstream = entry.url.host === upstreamHost || entry.url.host === registry;
    hosts.push({
      ...(await hostOf(entry, entry.url, dir, file)),
      upstream,
      ...(upstream ? {} : { namespace: registry }),
    });
  }
  const { server } = parsed;
  const url = server.url ?? new URL(`https://${upstreamHost}`);
  const last = await hostOf(server, url.host === registry ? withHost(url, upstreamHost) : url, dir, file);
  if (!hosts.some((host) => host.origin === last.origin && host.path === last.path)) {
    hosts.push({
      ...last,
      upstream: true,
      maybePlain: server.url === undefined && isLoopback(registry),
      ...(last.host === upstreamHost ? {} : { namespace: registry }),
    });
  }
  return { hosts, warnings: parsed.warnings };
}

function withHost(url: URL, host: string): URL {
  const changed = new URL(url);
  changed.host = host;
  return changed;
}

async function hostOf(entry: Omit<HostEntry, 'url'>, url: URL, dir: string, file: string): Promise<RegistryHost> {
  const base = url.pathname.replace(/\/+$/, '');
  return {
    origin: url.origin,
    host: url.host,
    path: entry.overridePath ? base : `${base}/v2`,
    capabilities: entry.capabilities,
    headers: entry.headers,
    tls: await readTls(entry, dir, file),
    upstream: false,
    maybePlain: false,
    source: file,
    line: entry.line,
    ...(entry.dialTimeoutMs === undefined ? {} : { dialTimeoutMs: entry.dialTimeoutMs }),
  };
}

async function readTls(
  entry: Pick<HostEntry, 'ca' | 'client' | 'skipVerify'>,
  dir: string,
  file: string,
): Promise<HostTls> {
  const read = (name: string, what: string) =>
    readFile(within(dir, name), 'utf8').catch((cause: unknown) => {
      throw new SlipwayError('INVALID_CONFIG', `${file}: cannot read ${what} ${within(dir, name)}`, { cause });
    });
  const ca = await Promise.all(entry.ca.map((name) => read(name, 'ca')));
  const pair = entry.client[0];
  if (!pair) return { ca, skipVerify: entry.skipVerify };
  const client = { cert: await read(pair[0], 'client certificate'), key: await read(pair[1], 'client key') };
  return { ca, client, skipVerify: entry.skipVerify };
}

function within(dir: string, name: string): string {
  return isAbsolute(name) ? name : join(dir, name);
}

/** A renewed certificate counts as a change, though hosts.toml itself stays the same. */
async function keyFileStamps(parsed: HostsFile, dir: string): Promise<string[]> {
  const names = [...parsed.hosts, parsed.server].flatMap((entry) => [...entry.ca, ...entry.client.flat()]);
  return Promise.all(
    names.map(async (name) => {
      const info = await stat(within(dir, name)).catch(absent);
      return info ? `${name}:${info.mtimeMs}:${info.size}` : name;
    }),
  );
}

/** A directory without hosts.toml holds `*.crt`, `*.cert` and `*.key` as Docker's certs.d does. */
async function dockerStyleDirectory(dir: string, registry: string): Promise<FoundHosts | undefined> {
  const names = await readdir(dir).catch(absent);
  const ca = names?.filter((name) => name.endsWith('.crt')).sort() ?? [];
  const certs = names?.filter((name) => name.endsWith('.cert')).sort() ?? [];
  if (ca.length === 0 && certs.length === 0) return undefined;
  const client = certs.map((cert) => [cert, cert.replace(/\.cert$/, '.key')] as const);
  const tls = await readTls({ ca, client, skipVerify: false }, dir, dir);
  return { hosts: [{ ...defaultHost(registry), tls, maybePlain: false, source: dir }], warnings: [] };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
