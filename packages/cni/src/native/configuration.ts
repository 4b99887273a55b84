import { isIP } from 'node:net';
import { addressBytes, addressText } from '@slipway/netlink';
import type { JsonObject } from '../list/plugin-conf.js';
import { rangeSets } from './ranges.js';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const size: Check = (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
const anything: Check = () => true;
const off: Check = (value) => value === false;
const mac: Check = (value) => typeof value === 'string' && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(value);
const markBit: Check = (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 31;
const port: Check = (value) => Number.isInteger(value) && (value as number) > 0 && (value as number) <= 65_535;
/** A chain's name: iptables takes at most 28 characters. */
const chain: Check = (value) => typeof value === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,27}$/.test(value);
const protocol: Check = (value) => value === 'tcp' || value === 'udp' || value === 'sctp';
/** The plugin takes an IPv4 address in the form of IPv6 for IPv4. */
const hostAddress: Check = (value) =>
  typeof value === 'string' && (value === '' || (isCanonical(value) && !value.startsWith('::ffff:')));
const interfaceName: Check = (value) => typeof value === 'string' && /^(?!\.{1,2}$)[^/:\s\0]{1,15}$/.test(value);
const textList: Check = (value) => Array.isArray(value) && value.every(text);
const shaped =
  (shape: Record<string, Check>): Check =>
  (value) =>
    isObject(value) && Object.keys(value).every((key) => shape[key]?.(value[key]));

/** What every plugin has; the result of the plugin before is read by the plugin that uses it. */
const common = { type: text, name: text, cniVersion: text, capabilities: anything };

/** The keys that a native plugin knows, each with the values that it knows. */
const known: Record<string, Record<string, Check>> = {
  loopback: common,
  bridge: {
    ...common,
    bridge: interfaceName,
    isGateway: flag,
    isDefaultGateway: flag,
    forceAddress: off,
    ipMasq: flag,
    mtu: size,
    hairpinMode: flag,
    promiscMode: flag,
    ipam: isObject,
    dns: shaped({ nameservers: textList, domain: text, search: textList, options: textList }),
    runtimeConfig: shaped({ mac }),
  },
  portmap: {
    ...common,
    snat: flag,
    masqAll: off,
    markMasqBit: markBit,
    externalSetMarkChain: chain,
    runtimeConfig: shaped({ portMappings: (value) => Array.isArray(value) && value.every(isMapping) }),
  },
};

const range = shaped({ subnet: text, rangeStart: text, rangeEnd: text, gateway: text });
const hostLocal: Record<string, Check> = {
  type: text,
  subnet: text,
  rangeStart: text,
  rangeEnd: text,
  gateway: text,
  ranges: (value) => Array.isArray(value) && value.every((set) => Array.isArray(set) && set.every(range)),
  routes: (value) => Array.isArray(value) && value.every(isRoute),
  dataDir: (value) => typeof value === 'string' && (value === '' || value.startsWith('/')),
};

/** Versions whose results this knows to write. */
const versions = ['0.3.0', '0.3.1', '0.4.0', '1.0.0'];

/**
 * Why a plugin's configuration must be carried out by the plugin's program; undefined where the native plugin knows
 * every key and value of it. What is wrong in a configuration is the program's to report.
 *
 * @param conf the configuration of one call (CNI spec 1.0 section 3), without its `prevResult`
 * @param args CNI_ARGS
 */
export function nativeObstacle(conf: JsonObject, args = ''): string | undefined {
  const { type } = conf;
  if (typeof type !== 'string' || !Object.hasOwn(known, type)) return `plugin ${String(type)} has no native form`;
  const key = unknownKey(conf, known[type] as Record<string, Check>);
  if (key !== undefined) return `${type}: ${key} is not known to the native plugin`;
  if (!versions.includes(conf.cniVersion as string)) return `cniVersion ${String(conf.cniVersion)}`;
  if (/(^|;)(IP|MAC|GATEWAY)=/i.test(args)) return 'CNI_ARGS asks for an address';
  if (conf.markMasqBit !== undefined && conf.externalSetMarkChain !== undefined)
    return 'portmap: markMasqBit and externalSetMarkChain exclude each other';
  return type === 'bridge' ? bridgeObstacle(conf) : undefined;
}

function bridgeObstacle(conf: JsonObject): string | undefined {
  if (conf.hairpinMode === true && conf.promiscMode === true)
    return 'bridge: hairpinMode and promiscMode exclude each other';
  const ipam = conf.ipam;
  if (!isObject(ipam) || ipam.type !== 'host-local') return 'bridge: ipam is not host-local';
  const key = unknownKey(ipam, hostLocal);
  if (key !== undefined) return `host-local: ${key} is not known to the native plugin`;
  return rangeSets(ipam) === undefined ? 'host-local: its ranges' : undefined;
}

function unknownKey(object: JsonObject, shape: Record<string, Check>): string | undefined {
  return Object.keys(object).find(
    (key) => key !== 'prevResult' && !(Object.hasOwn(shape, key) && shape[key]?.(object[key])),
  );
}

function isMapping(value: unknown): boolean {
  const shape = { hostPort: port, containerPort: port, protocol, hostIP: hostAddress };
  return (
    shaped(shape)(value) &&
    ['hostPort', 'containerPort', 'protocol'].every((key) => Object.hasOwn(value as object, key))
  );
}

function isRoute(value: unknown): boolean {
  if (!shaped({ dst: text, gw: text })(value)) return false;
  const { dst, gw } = value as { dst?: string; gw?: string };
  const [address = '', length = '', more] = (dst ?? '').split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  if (!isCanonical(address) || more !== undefined || !/^\d{1,3}$/.test(length) || Number(length) > bits) return false;
  return gw === undefined || (isCanonical(gw) && isIP(gw) === isIP(address));
}

/** Whether an address is written as results write it. */
export function isCanonical(address: string): boolean {
  return isIP(address) !== 0 && !address.includes('%') && addressText(addressBytes(address)) === address;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
