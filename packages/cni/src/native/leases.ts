import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { tryLockFile } from '@slipway/linux';
import { hasPassed } from '@slipway/time';
import type { JsonObject } from '../list/plugin-conf.js';
import { CniFailure, pause, type PluginCall } from './plugin-call.js';
import { type AddressRange, candidates, rangeSets, toAddress, toText } from './ranges.js';

// The files and the lock are those of the host-local plugin, so that each finds what the other made:
//   <dataDir>/<network>/lock                 flock(2)
//   <dataDir>/<network>/<address>            "<container id>\r\n<interface>"
//   <dataDir>/<network>/last_reserved_ip.N   the address given out last of range set N

const defaultDataDir = '/var/lib/cni/networks';
/** Milliseconds between two tries to take the lock, which is held for less than one. */
const lockPauseMs = 2;

export interface Lease {
  /** In CIDR form. */
  address: string;
  gateway: string;
}

/** Reserves an address of each range set for an interface, all or none. */
export function reserveAddresses(call: PluginCall, ipam: JsonObject): Lease[] {
  const sets = rangeSets(ipam) ?? [];
  return locked(call, ipam, (directory) => {
    const own = ownLeases(directory, call);
    const made: string[] = [];
    try {
      return sets.map((set, index) => {
        const duplicate = own.find((address) => contains(set, address));
        if (duplicate !== undefined) {
          throw new CniFailure(
            `${duplicate} has been allocated to ${call.containerId}, duplicate allocation is not allowed`,
          );
        }
        for (const candidate of candidates(set, lastReserved(directory, index))) {
          const address = toText(candidate);
          if (!reserve(join(directory, address), call)) continue;
          made.push(address);
          overwrite(join(directory, `last_reserved_ip.${index}`), address);
          return {
            address: `${address}/${candidate.prefixLength}`,
            gateway: toText({ value: candidate.gateway, v6: candidate.v6 }),
          };
        }
        throw new CniFailure(`failed to allocate for range ${index}: no IP addresses available in range set`);
      });
    } catch (error) {
      for (const address of made) rmSync(join(directory, address), { force: true });
      throw error;
    }
  });
}

/** Gives an interface's addresses back; none is success. */
export function releaseAddresses(call: PluginCall, ipam: JsonObject): void {
  if (!existsSync(directoryOf(call, ipam))) return;
  locked(call, ipam, (directory) => {
    for (const address of ownLeases(directory, call)) rmSync(join(directory, address), { force: true });
  });
}

const directoryOf = ({ conf }: PluginCall, ipam: JsonObject): string =>
  join((ipam.dataDir as string | undefined) || defaultDataDir, conf.name as string);

function locked<T>(call: PluginCall, ipam: JsonObject, work: (directory: string) => T): T {
  const directory = directoryOf(call, ipam);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const file = join(directory, 'lock');
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o750);
  try {
    while (!tryLockFile(fd)) {
      if (hasPassed(call.deadline)) throw new CniFailure(`${file} stayed locked`);
      pause(lockPauseMs);
    }
    return work(directory);
  } finally {
    closeSync(fd);
  }
}

/** Leases of the interface, or without any those of versions of the plugin that wrote the container's id alone. */
function ownLeases(directory: string, { containerId, ifname }: PluginCall): string[] {
  const leases = readdirSync(directory)
    .filter((name) => isIP(name) !== 0)
    .map((name) => ({ name, text: readFileSync(join(directory, name), 'utf8').trim() }));
  const own = leases.filter(({ text }) => text === `${containerId}\r\n${ifname}`);
  return (own.length > 0 ? own : leases.filter(({ text }) => text === containerId)).map(({ name }) => name);
}

function reserve(file: string, { containerId, ifname }: PluginCall): boolean {
  // The name is looked at first: an exclusive creation that fails costs as much as one that succeeds.
  if (existsSync(file)) return false;
  writeFileSync(file, `${containerId}\r\n${ifname}`, { flag: 'wx', mode: 0o600 });
  return true;
}

function lastReserved(directory: string, index: number): ReturnType<typeof toAddress> | undefined {
  const file = join(directory, `last_reserved_ip.${index}`);
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return isIP(text) === 0 ? undefined : toAddress(text);
}

function contains(set: readonly AddressRange[], text: string): boolean {
  const { value, v6 } = toAddress(text);
  return set.some((range) => range.v6 === v6 && value >= range.start && value <= range.end);
}

/** In place: after a truncation to nothing ext4 writes the file out immediately, and the next change waits for that. */
function overwrite(file: string, text: string): void {
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    writeSync(fd, text, 0);
    if (fstatSync(fd).size > text.length) ftruncateSync(fd, text.length);
  } finally {
    closeSync(fd);
  }
}
