import { isV6 } from '@slipway/netlink';
import type { Attachment, ResultInterface, ResultIp, ResultRoute } from '../types.js';
import type { JsonObject } from '../list/plugin-conf.js';

/** A plugin's ADD result, of conf version 0.3.0 to 1.1.0, in the 1.0.0 shape: `ips[].version` is gone, nothing else moved. */
export function toAttachment(raw: JsonObject): Attachment {
  return {
    ips: list<ResultIp & { version?: string }>(raw.ips).map((ip) => {
      const current = { ...ip };
      delete current.version;
      return current;
    }),
    interfaces: list<ResultInterface>(raw.interfaces),
    routes: list<ResultRoute>(raw.routes),
    dns: raw.dns ?? {},
    raw,
  };
}

/**
 * A result as the next plugin of a list of `cniVersion` reads it: a plugin built on another version
 * of the library may answer in its own. Native plugins write 1.0.0.
 */
export function toVersion(raw: JsonObject, cniVersion: string): JsonObject {
  if (raw.cniVersion === cniVersion) return raw;
  const ips = list<ResultIp>(toAttachment(raw).ips).map((ip) =>
    cniVersion.startsWith('0.') ? { version: isV6(ip.address) ? '6' : '4', ...ip } : ip,
  );
  return { ...raw, cniVersion, ...(raw.ips !== undefined && { ips }) };
}

/**
 * The pod's addresses, without prefix length, in the plugins' order. An address of a host-side
 * interface (a bridge, a veth's outer end) is not the pod's.
 */
export function podAddresses(attachment: Attachment, ifname = 'eth0'): string[] {
  return attachment.ips
    .filter((ip) => {
      if (ip.interface === undefined) return true;
      const on = attachment.interfaces[ip.interface];
      return on === undefined || (on.name === ifname && (on.sandbox ?? '') !== '');
    })
    .map((ip) => ip.address.replace(/\/.*$/, ''));
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}
