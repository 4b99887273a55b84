import type { Init } from '@slipway/protobuf';
import type { CDIDevice, KeyValue, LinuxDevice, LinuxNamespace, Mount, POSIXRlimit } from '../gen/api.js';
import type { Keyed } from './keyed.js';

type Kind<A, V> = Omit<Keyed<A, V>, 'container'>;
const same = <T>(item: T): T => item;
const pairKey = ({ key }: KeyValue): string => key;

/** Each list of a container that plugins change entry by entry, and by what its entries are known. */
export const kinds = {
  annotations: { field: 'annotations', keyOf: pairKey, viewKeyOf: pairKey, toView: same<KeyValue> },
  sysctl: { field: 'sysctl', keyOf: pairKey, viewKeyOf: pairKey, toView: same<KeyValue> },
  unified: { field: 'unified', keyOf: pairKey, viewKeyOf: pairKey, toView: same<KeyValue> },
  env: {
    field: 'env',
    keyOf: pairKey,
    viewKeyOf: (text) => text.split('=', 1)[0] ?? '',
    toView: ({ key, value }) => `${key}=${value}`,
  },
  mounts: {
    field: 'mounts',
    keyOf: ({ destination }) => destination,
    viewKeyOf: ({ destination }) => destination ?? '',
    toView: same<Init<Mount>>,
  },
  devices: {
    field: 'devices',
    keyOf: ({ path }) => path,
    viewKeyOf: ({ path }) => path ?? '',
    toView: same<Init<LinuxDevice>>,
  },
  namespaces: {
    field: 'namespaces',
    keyOf: ({ type }) => type,
    viewKeyOf: ({ type }) => type ?? '',
    toView: same<Init<LinuxNamespace>>,
  },
  rlimits: {
    field: 'rlimits',
    keyOf: ({ type }) => type,
    viewKeyOf: ({ type }) => type ?? '',
    toView: same<Init<POSIXRlimit>>,
  },
  cdi: {
    field: 'CDI devices',
    keyOf: ({ name }) => name,
    viewKeyOf: ({ name }) => name ?? '',
    toView: same<Init<CDIDevice>>,
  },
} as const satisfies {
  annotations: Kind<KeyValue, KeyValue>;
  sysctl: Kind<KeyValue, KeyValue>;
  unified: Kind<KeyValue, KeyValue>;
  env: Kind<KeyValue, string>;
  mounts: Kind<Mount, Init<Mount>>;
  devices: Kind<LinuxDevice, Init<LinuxDevice>>;
  namespaces: Kind<LinuxNamespace, Init<LinuxNamespace>>;
  rlimits: Kind<POSIXRlimit, Init<POSIXRlimit>>;
  cdi: Kind<CDIDevice, Init<CDIDevice>>;
};

/** A map field as the list that the kinds above work on, and back. */
export function pairs(map: Record<string, string | undefined> | undefined): KeyValue[] {
  return Object.entries(map ?? {}).map(([key, value]) => ({ key, value: value ?? '' }));
}
export function mapOf(list: readonly KeyValue[]): Record<string, string> {
  return Object.fromEntries(list.map(({ key, value }) => [key, value]));
}
