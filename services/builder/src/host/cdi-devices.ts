import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig } from '@slipway/cri';
import { hasCode } from '@slipway/linux';
import {
  type CdiDeviceNode,
  type CdiEdits,
  type CdiSpec,
  cdiDeviceNames,
  invalidField,
  mergeCdiEdits,
  parseCdiSpec,
  type ResolvedDevice,
} from '@slipway/oci-spec';
import { resolveDevice } from './host-devices.js';

/** Where vendors put their specs; a later directory wins (CDI SPEC.md). */
export const cdiDirectories = ['/etc/cdi', '/var/run/cdi'];

interface Known {
  path: string;
  /** By which a change is seen. */
  stamp: string;
  spec?: CdiSpec | undefined;
  fault?: string | undefined;
}

/** The CDI specs of this host: looked at for each container that asks for a device, read again when they changed. */
export class CdiDevices {
  readonly #known = new Map<string, Known>();

  constructor(readonly directories: readonly string[] = cdiDirectories) {}

  /** The edits of a config's CDI devices; undefined when it names none. */
  async edits(container: Pick<ContainerConfig, 'CDIDevices' | 'annotations'>): Promise<CdiEdits | undefined> {
    const names = cdiDeviceNames(container);
    if (names.length === 0) return undefined;
    const levels = await Promise.all(this.directories.map((directory) => this.#read(directory)));
    const specs = new Set<CdiSpec>();
    const all: CdiEdits[] = [];
    for (const { field, name } of names) {
      const { spec, edits } = find(levels, field, name);
      // A spec's own edits count once, however many of its devices are asked for.
      if (!specs.has(spec)) all.push(spec.edits);
      specs.add(spec);
      all.push(edits);
    }
    return mergeCdiEdits(all);
  }

  async #read(directory: string): Promise<Known[]> {
    let names: string[];
    try {
      names = readdirSync(directory).sort();
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
      throw error;
    }
    const specs = names.filter((name) => /\.(json|ya?ml)$/.test(name));
    const loaded = await Promise.all(specs.map((name) => this.#load(join(directory, name))));
    return loaded.filter((known) => known !== undefined);
  }

  async #load(path: string): Promise<Known | undefined> {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return undefined;
    const stamp = `${stat.ino} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.size}`;
    const before = this.#known.get(path);
    if (before?.stamp === stamp) return before;
    const known: Known = { path, stamp };
    try {
      known.spec = parseCdiSpec(await parse(path, readFileSync(path, 'utf8')));
    } catch (error) {
      // A bad file must not hide the devices of the others.
      known.fault = `${path}: ${(error as Error).message}`;
    }
    this.#known.set(path, known);
    return known;
  }
}

/** Vendors' tools write YAML 1.1, in which `0660` is octal, as Go's libraries do. */
async function parse(path: string, text: string): Promise<unknown> {
  if (path.endsWith('.json')) return JSON.parse(text);
  // Few hosts have such specs, and no builder starts later for them.
  const yaml = await import('yaml');
  return yaml.parse(text, { version: '1.1' });
}

function find(levels: readonly Known[][], field: string, name: string): { spec: CdiSpec; edits: CdiEdits } {
  const [kind = '', device = ''] = name.split('=');
  for (const level of [...levels].reverse()) {
    const matches = level.flatMap(({ path, spec }) => {
      const edits = spec?.kind === kind ? spec.devices.get(device) : undefined;
      return spec && edits ? [{ path, spec, edits }] : [];
    });
    if (matches.length > 1) {
      throw invalidField(field, `${name} is in several specs: ${matches.map(({ path }) => path).join(', ')}`);
    }
    if (matches[0]) return matches[0];
  }
  const faults = levels.flat().flatMap(({ fault }) => fault ?? []);
  const note = faults.length > 0 ? ` (not read: ${faults.join('; ')})` : '';
  throw invalidField(field, `no CDI spec on this host has ${name}${note}`);
}

/** The device nodes of CDI devices, looked up on the host. */
export function cdiDeviceNodes(nodes: readonly CdiDeviceNode[]): ResolvedDevice[] {
  return nodes.map(({ path, hostPath, permissions, fileMode, uid, gid }) => ({
    ...resolveDevice(`CDI device node ${path}`, hostPath, path, permissions),
    ...(fileMode === undefined ? {} : { fileMode: fileMode & 0o777 }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  }));
}
