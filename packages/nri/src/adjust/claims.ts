import { SlipwayError } from '@slipway/errors';

/** Field numbers of NRI's Field enum, by which owners are reported to validators. */
export const fields = {
  annotations: 1,
  mounts: 2,
  devices: 4,
  'CDI devices': 5,
  env: 6,
  args: 7,
  'memory.limit': 8,
  'memory.reservation': 9,
  'memory.swap': 10,
  'cpu.shares': 16,
  'cpu.quota': 17,
  'cpu.period': 18,
  'cpu.cpus': 21,
  'cpu.mems': 22,
  'pids.limit': 23,
  'hugepage limits': 24,
  unified: 27,
  cgroupsPath: 28,
  oomScoreAdj: 29,
  rlimits: 30,
  seccompPolicy: 32,
  namespaces: 33,
  sysctl: 34,
} as const;
export type Field = keyof typeof fields;

/**
 * Which plugin set what. Two plugins that set the same thing of one container contradict each other, and which of
 * them wins must not depend on their order; one that means it takes the other's away first.
 */
export class Claims {
  readonly #owners = new Map<string, { field: Field; key: string; plugin: string }>();

  /** @throws SlipwayError NRI_CONFLICT when another plugin has it */
  claim(container: string, field: Field, key: string, plugin: string): void {
    const at = place(container, field, key);
    const owner = this.#owners.get(at)?.plugin;
    if (owner !== undefined && owner !== plugin) {
      throw new SlipwayError('NRI_CONFLICT', `${field}${key ? ` ${key}` : ''} is set by ${owner} and by ${plugin}`, {
        object: `container ${container}`,
      });
    }
    this.#owners.set(at, { field, key, plugin });
  }

  clear(container: string, field: Field, key: string): void {
    this.#owners.delete(place(container, field, key));
  }

  /** The owners of a container's fields, in the form of FieldOwners. */
  of(container: string): {
    simple: { key: number; value: string }[];
    compound: { key: number; value: { owners: Record<string, string> } }[];
  } {
    const simple: { key: number; value: string }[] = [];
    const compound = new Map<number, Record<string, string>>();
    for (const [at, { field, key, plugin }] of this.#owners) {
      if (!at.startsWith(`${container}\0`)) continue;
      if (key === '') simple.push({ key: fields[field], value: plugin });
      else compound.set(fields[field], { ...compound.get(fields[field]), [key]: plugin });
    }
    return { simple, compound: [...compound].map(([key, owners]) => ({ key, value: { owners } })) };
  }
}

function place(container: string, field: Field, key: string): string {
  return [container, field, key].join('\0');
}
