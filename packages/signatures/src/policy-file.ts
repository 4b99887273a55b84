import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isTomlTable, parseToml, tomlLine, type TomlTable } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { parseReference, repositoryName } from '@slipway/registry';
import { signedIdentities } from './identity.js';
import type { ImageRequirement, SignaturePolicy } from './policy.js';

const types = ['insecureAcceptAnything', 'reject', 'sigstoreSigned'] as const;
const keys = new Set(['type', 'keyPath', 'keyPaths', 'signedIdentity', 'signedPrefix']);

/** Reads the policy as it is now. INVALID_CONFIG names file and line: nobody may take half a policy for a whole one. */
export async function readPolicy(file: string): Promise<SignaturePolicy> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new SlipwayError('INVALID_CONFIG', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
  return parsePolicy(text, file);
}

/** Reads a policy's text; paths of keys are relative to the file's directory. INVALID_CONFIG names file and line. */
export function parsePolicy(text: string, file: string): SignaturePolicy {
  const root = parseToml(text, file);
  const reader = new Reader(text, file);
  for (const name of Object.keys(root)) {
    if (name !== 'default' && name !== 'images') reader.fail(`unknown key "${name}"`, [], name);
  }
  // A policy that says nothing of the rest would be read in two ways.
  if (!isTomlTable(root.default))
    return reader.fail('[default] is missing: it says what holds for all other images', []);
  const fallback = reader.requirement(root.default, ['default'], 'default');
  if (fallback.signedPrefix !== undefined)
    reader.fail('signedPrefix needs a prefix to stand for', ['default'], 'signedPrefix');
  const images = new Map<string, ImageRequirement>();
  const tables = root.images ?? {};
  if (!isTomlTable(tables))
    return reader.fail('images must be written as [images."registry/repository"]', [], 'images');
  for (const [name, table] of Object.entries(tables)) {
    const path = ['images', name];
    if (!isTomlTable(table)) return reader.fail(`"${name}" must be a table`, path);
    const prefix = reader.prefix(name, path);
    const twin = images.get(prefix);
    if (twin) reader.fail(`"${name}" is the same as the entry at ${twin.source}: which one holds?`, path);
    images.set(prefix, reader.requirement(table, path, prefix));
  }
  return { fallback, images };
}

class Reader {
  constructor(
    readonly text: string,
    readonly file: string,
  ) {}

  fail(reason: string, path: readonly string[], key?: string): never {
    throw new SlipwayError('INVALID_CONFIG', `${this.#place(path, key)}: ${reason}`);
  }

  /** A registry, or a registry and parts of a path, in its normal form: no tag, host in lower case. */
  prefix(name: string, path: readonly string[], key?: string): string {
    const slash = name.indexOf('/');
    const host = slash < 0 ? name : name.slice(0, slash);
    if (host !== 'localhost' && !/[.:]/.test(host))
      return this.fail(`"${name}" must begin with a registry's name: docker.io/library/alpine, not alpine`, path, key);
    const rest = slash < 0 ? '' : name.slice(slash + 1);
    if (slash >= 0 && (rest === '' || /[:@*]/.test(rest)))
      return this.fail(
        `"${name}" must be a registry and whole parts of a repository's path, without tag or digest`,
        path,
        key,
      );
    try {
      const { registry } = parseReference(`${host}/x/y`);
      if (rest === '') return registry.toLowerCase();
      // Docker Hub's one-part names are short for library/…, but docker.io/library is a prefix by itself.
      const repository = repositoryName(parseReference(`${registry}/x/${rest}`)).slice(registry.length + 3);
      return `${registry.toLowerCase()}/${repository}`;
    } catch (error) {
      return this.fail((error as Error).message, path, key);
    }
  }

  requirement(table: TomlTable, path: readonly string[], name: string): ImageRequirement {
    for (const key of Object.keys(table)) if (!keys.has(key)) this.fail(`unknown key "${key}"`, path, key);
    const type = this.#oneOf(table.type, types, path, 'type');
    if (table.keyPath !== undefined && table.keyPaths !== undefined)
      this.fail('keyPath and keyPaths: write one of them', path, 'keyPaths');
    const listKey = table.keyPaths === undefined ? 'keyPath' : 'keyPaths';
    const list: unknown = table.keyPaths ?? (table.keyPath === undefined ? [] : [table.keyPath]);
    if (!Array.isArray(list) || !list.every((item): item is string => typeof item === 'string' && item !== ''))
      return this.fail(`${listKey} must name files`, path, listKey);
    if (type === 'sigstoreSigned' && list.length === 0)
      this.fail('sigstoreSigned needs keyPath or keyPaths: whose signature is good?', path, 'type');
    if (type !== 'sigstoreSigned') {
      const useless = ['keyPath', 'keyPaths', 'signedIdentity', 'signedPrefix'].find((key) => table[key] !== undefined);
      if (useless) this.fail(`${useless} contradicts type = "${type}", which looks at no signature`, path, useless);
    }
    const signedIdentity = this.#oneOf(
      table.signedIdentity ?? 'matchRepository',
      signedIdentities,
      path,
      'signedIdentity',
    );
    if (table.signedPrefix !== undefined && signedIdentity === 'any')
      this.fail('signedPrefix contradicts signedIdentity = "any", which looks at no name', path, 'signedPrefix');
    if (table.signedPrefix !== undefined && typeof table.signedPrefix !== 'string')
      return this.fail('signedPrefix must be a string', path, 'signedPrefix');
    return {
      name,
      source: this.#place(path),
      type,
      keyPaths: list.map((key) => resolve(dirname(this.file), key)),
      signedIdentity,
      ...(table.signedPrefix === undefined
        ? {}
        : { signedPrefix: this.prefix(table.signedPrefix, path, 'signedPrefix') }),
    };
  }

  #oneOf<T extends string>(value: unknown, allowed: readonly T[], path: readonly string[], key: string): T {
    const found = allowed.find((item) => item === value);
    if (found !== undefined) return found;
    const problem = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
    return this.fail(`${key} ${problem}: ${allowed.join(', ')}`, path, key);
  }

  #place(path: readonly string[], key?: string): string {
    return `${this.file}:${tomlLine(this.text, path, key)}`;
  }
}
