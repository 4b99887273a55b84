import type { Init } from '@slipway/protobuf';
import type { LinuxResources } from '../gen/api.js';
import type { Claims, Field } from './claims.js';
import { mergeKeyed } from './keyed.js';
import { kinds, mapOf, pairs } from './kinds.js';
import { refuseUnsupportedResources } from './unsupported.js';

type Resources = Init<LinuxResources>;
type Group = 'memory' | 'cpu' | 'pids';

/** The limits that are one value each. */
const scalars: readonly [field: Field, group: Group, key: string][] = [
  ['memory.limit', 'memory', 'limit'],
  ['memory.reservation', 'memory', 'reservation'],
  ['memory.swap', 'memory', 'swap'],
  ['cpu.shares', 'cpu', 'shares'],
  ['cpu.quota', 'cpu', 'quota'],
  ['cpu.period', 'cpu', 'period'],
  ['cpu.cpus', 'cpu', 'cpus'],
  ['cpu.mems', 'cpu', 'mems'],
  ['pids.limit', 'pids', 'limit'],
];

/**
 * Takes what one plugin wants of a container's resources into what all want, and into what later plugins see.
 * @throws SlipwayError NRI_CONFLICT, UNSUPPORTED
 */
export function mergeResources(
  container: string,
  wanted: LinuxResources | undefined,
  into: { adjust: Resources; view: Resources },
  claims: Claims,
  plugin: string,
): void {
  if (!wanted) return;
  refuseUnsupportedResources(wanted, plugin);
  for (const [field, group, key] of scalars) {
    const value = (wanted[group] as Record<string, unknown> | undefined)?.[key];
    // Texts and wrapped numbers that were left out; a pids limit is not wrapped, and its group stands for it.
    if (value === undefined || value === '') continue;
    claims.claim(container, field, '', plugin);
    for (const resources of [into.adjust, into.view]) {
      (resources as Record<Group, object>)[group] = { ...resources[group], [key]: value };
    }
  }
  for (const limit of wanted.hugepageLimits) {
    claims.claim(container, 'hugepage limits', limit.pageSize, plugin);
    for (const resources of [into.adjust, into.view]) {
      const others = (resources.hugepageLimits ?? []).filter(({ pageSize }) => pageSize !== limit.pageSize);
      resources.hugepageLimits = [...others, limit];
    }
  }
  const lists = { adjust: pairs(into.adjust.unified), view: pairs(into.view.unified) };
  mergeKeyed({ ...kinds.unified, container }, pairs(wanted.unified), lists, claims, plugin);
  into.adjust.unified = mapOf(lists.adjust);
  into.view.unified = mapOf(lists.view);
}
