import { isTomlTable as isTable, parseToml, tomlLine, type TomlTable as Table } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { goDurationMs } from './go-duration.js';
import { parseUrl } from '../url.js';

export const capabilityNames = ['pull', 'resolve', 'push'] as const;
export type Capability = (typeof capabilityNames)[number];

/** A host of a hosts.toml, as written; file names are still relative to the file's directory. */
export interface HostEntry {
  readonly url: URL;
  readonly capabilities: readonly Capability[];
  readonly ca: readonly string[];
  /** Pairs of certificate and key; one file may hold both. */
  readonly client: readonly (readonly [cert: string, key: string])[];
  readonly skipVerify: boolean;
  readonly overridePath: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest time for a connection to stand, ms; absent: the client's own. */
  readonly dialTimeoutMs?: number;
  /** Where the host is named, from 1; 1 where the file names no server. */
  readonly line: number;
}

export interface HostsFile {
  /** In the file's order. */
  readonly hosts: readonly HostEntry[];
  /** The upstream: the top-level settings with `server`, whose URL is absent when the file names none. */
  readonly server: Omit<HostEntry, 'url'> & { readonly url?: URL };
  /** Entries without effect, with their lines. */
  readonly warnings: readonly string[];
}

const hostKeys = new Set(['capabilities', 'ca', 'client', 'skip_verify', 'override_path', 'header', 'dial_timeout']);

/**
 * Reads a file in containerd's hosts.toml format (containerd docs/hosts.md).
 * INVALID_CONFIG names the file and the line.
 */
export function parseHostsToml(text: string, file: string): HostsFile {
  const reader = new Reader(text, file);
  const root = parseToml(text, file);
  for (const key of Object.keys(root)) {
    if (key !== 'server' && key !== 'host' && !hostKeys.has(key)) reader.warn(`unknown key "${key}"`, [], key);
  }
  const server = root.server;
  if (server !== undefined && typeof server !== 'string') reader.fail('server must be a string', [], 'server');
  const hostTables = root.host ?? {};
  if (!isTable(hostTables)) return reader.fail('host must be written as [host."https://…"]', [], 'host');

  const hosts: HostEntry[] = [];
  const seen = new Map<string, string>();
  for (const [name, table] of Object.entries(hostTables)) {
    const path = ['host', name];
    if (!isTable(table)) return reader.fail(`host "${name}" must be a table`, path);
    for (const key of Object.keys(table)) {
      if (!hostKeys.has(key)) reader.warn(`unknown key "${key}"`, path, key);
    }
    const url = reader.url(name, path);
    const twin = seen.get(url.href);
    if (twin !== undefined) reader.fail(`host "${name}" is the same as "${twin}": which settings hold?`, path);
    seen.set(url.href, name);
    hosts.push({ url, ...reader.settings(table, path, url) });
  }
  reader.refuseUnserved(hosts, root);
  const serverUrl = typeof server === 'string' && server !== '' ? reader.url(server, [], 'server') : undefined;
  return {
    hosts,
    server: { ...reader.settings(root, [], serverUrl), ...(serverUrl ? { url: serverUrl } : {}) },
    warnings: reader.warnings,
  };
}

class Reader {
  readonly warnings: string[] = [];
  readonly #text: string;

  constructor(
    text: string,
    readonly file: string,
  ) {
    this.#text = text;
  }

  fail(reason: string, path: string[], key?: string): never {
    throw new SlipwayError('INVALID_CONFIG', `${this.file}:${this.#line(path, key)}: ${reason}`);
  }

  /** A file that lets no host do what a pull needs contradicts itself: it would make every pull fail. */
  refuseUnserved(hosts: readonly HostEntry[], root: Table): void {
    const server = this.#capabilities(root.capabilities, []);
    for (const capability of ['pull', 'resolve'] as const) {
      if (server.includes(capability) || hosts.some(({ capabilities }) => capabilities.includes(capability))) continue;
      this.fail(
        `no host and no server has the capability "${capability}", so nothing could be pulled`,
        [],
        'capabilities',
      );
    }
  }

  warn(reason: string, path: string[], key?: string): void {
    this.warnings.push(`${this.file}:${this.#line(path, key)}: ${reason}, which has no effect`);
  }

  url(text: string, path: string[], key?: string): URL {
    const url = parseUrl(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
    if (!url) return this.fail(`"${text}" is not a URL`, path, key);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      return this.fail(`"${text}" must begin with http:// or https://`, path, key);
    if (url.username !== '' || url.password !== '')
      return this.fail('a URL must not hold credentials: put them into a pull secret', path, key);
    if (url.search !== '' || url.hash !== '') return this.fail(`"${text}" must not have a query`, path, key);
    return url;
  }

  settings(table: Table, path: string[], url: URL | undefined): Omit<HostEntry, 'url'> {
    const flag = (key: string): boolean => {
      const value = table[key] ?? false;
      return typeof value === 'boolean' ? value : this.fail(`${key} must be true or false`, path, key);
    };
    const ca = this.#strings(table.ca, path, 'ca');
    const client = this.#pairs(table.client, path);
    const skipVerify = flag('skip_verify');
    if (url?.protocol === 'http:' && (ca.length > 0 || client.length > 0))
      this.fail('ca and client have no use on a host that is plain http', path, ca.length > 0 ? 'ca' : 'client');
    if (skipVerify && ca.length > 0) this.warn('ca beside skip_verify = true', path, 'ca');
    return {
      capabilities: this.#capabilities(table.capabilities, path),
      ca,
      client,
      skipVerify,
      overridePath: flag('override_path'),
      headers: this.#headers(table.header, path),
      ...this.#dialTimeout(table.dial_timeout, path),
      line: this.#line(path, path.length === 0 ? 'server' : undefined),
    };
  }

  /** A Go duration (time.ParseDuration), as containerd reads it; numbers are nanoseconds there. */
  #dialTimeout(value: unknown, path: string[]): { dialTimeoutMs?: number } {
    if (value === undefined) return {};
    const ms = typeof value === 'string' ? goDurationMs(value) : typeof value === 'number' ? value / 1e6 : undefined;
    if (ms === undefined || !(ms > 0))
      return this.fail(
        `dial_timeout must be a duration such as "3s", not ${JSON.stringify(value)}`,
        path,
        'dial_timeout',
      );
    return { dialTimeoutMs: Math.ceil(ms) };
  }

  #capabilities(value: unknown, path: string[]): Capability[] {
    if (value === undefined) return [...capabilityNames];
    const names = this.#strings(value, path, 'capabilities');
    const wrong = names.find((name) => !(capabilityNames as readonly string[]).includes(name));
    if (wrong !== undefined)
      this.fail(`unknown capability "${wrong}" (known: ${capabilityNames.join(', ')})`, path, 'capabilities');
    return names as Capability[];
  }

  #strings(value: unknown, path: string[], key: string): string[] {
    if (value === undefined) return [];
    if (typeof value === 'string') return [value];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    return this.fail(`${key} must be a string or a list of strings`, path, key);
  }

  /** `client` is a file, a list of files, or a list of [certificate, key] pairs. */
  #pairs(value: unknown, path: string[]): [string, string][] {
    if (value === undefined) return [];
    const list = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(list)) return this.fail('client must be a file, or a list of files or of pairs', path, 'client');
    return list.map((item: unknown): [string, string] => {
      if (typeof item === 'string') return [item, item];
      if (Array.isArray(item) && typeof item[0] === 'string' && item.length <= 2) {
        const key: unknown = item[1] ?? item[0];
        if (typeof key === 'string') return [item[0], key || item[0]];
      }
      return this.fail('client must be a file, or a list of files or of [certificate, key] pairs', path, 'client');
    });
  }

  #headers(value: unknown, path: string[]): Record<string, string> {
    if (value === undefined) return {};
    if (!isTable(value)) return this.fail('header must be a table', path, 'header');
    const headers: Record<string, string> = {};
    for (const [name, content] of Object.entries(value)) {
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
        this.fail(`"${name}" is not a header name`, [...path, 'header'], name);
      headers[name.toLowerCase()] = this.#strings(content, [...path, 'header'], name).join(', ');
    }
    return headers;
  }

  #line(path: string[], key?: string): number {
    return tomlLine(this.#text, path, key);
  }
}
