import { lstatSync, readdirSync, realpathSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { Device } from '@slipway/cri';
import { hasCode } from '@slipway/linux';
import { deviceAccess, devicePath, invalidField, type OciDevice, type ResolvedDevice } from '@slipway/oci-spec';

/** Below /dev, but file systems of their own, or each container's own. */
const notOfTheHost = new Set(['pts', 'shm', 'mqueue', 'fd', 'console', '.lxc', '.lxd-mounts', '.udev']);

/** Every device below /dev, for a privileged container. Devices come and go, so it is read each time. */
export function hostDevices(): OciDevice[] {
  return devicesBelow('/dev', '/dev', notOfTheHost);
}

/** The devices of a config, looked up on the host; a directory means every device in it (CRI Device.host_path). */
export function resolveDevices(devices: readonly Device[]): ResolvedDevice[] {
  return devices.flatMap((device, index) => {
    const field = `devices[${index}]`;
    const access = deviceAccess(field, device.permissions);
    const path = devicePath(field, device.containerPath, device.hostPath);
    const found = lookUp(`${field}.host_path`, device.hostPath, path);
    return found.map((entry) => ({ ...entry, access }));
  });
}

/** A device by its host path, not a directory of them. */
export function resolveDevice(field: string, hostPath: string, path: string, permissions: string): ResolvedDevice {
  const [device, ...more] = lookUp(field, hostPath, path);
  if (!device || more.length > 0) throw invalidField(field, `${hostPath} is no single device`);
  return { ...device, access: deviceAccess(field, permissions) };
}

function lookUp(field: string, hostPath: string, path: string): OciDevice[] {
  if (!hostPath.startsWith('/') || hostPath.includes('\0')) {
    throw invalidField(field, `${JSON.stringify(hostPath)} is no absolute path`);
  }
  let real: string;
  let stat: Stats;
  try {
    real = realpathSync.native(hostPath);
    stat = lstatSync(real);
  } catch (cause) {
    throw invalidField(field, `${hostPath} cannot be used: ${(cause as Error).message}`, { cause });
  }
  if (stat.isDirectory()) {
    const found = devicesBelow(real, path, new Set());
    if (found.length > 0) return found;
    throw invalidField(field, `there is no device in ${hostPath}`);
  }
  const device = asDevice(path, stat);
  if (!device) throw invalidField(field, `${hostPath} is no device`);
  return [device];
}

function devicesBelow(directory: string, path: string, skip: ReadonlySet<string>): OciDevice[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (skip.has(entry.name) || entry.isSymbolicLink()) return [];
    const [host, inside] = [join(directory, entry.name), join(path, entry.name)];
    if (entry.isDirectory()) return devicesBelow(host, inside, new Set());
    if (!entry.isBlockDevice() && !entry.isCharacterDevice()) return [];
    try {
      return asDevice(inside, lstatSync(host)) ?? [];
    } catch (error) {
      // Unplugged since the directory was read.
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  });
}

function asDevice(path: string, stat: Stats): OciDevice | undefined {
  const type = stat.isBlockDevice() ? 'b' : stat.isCharacterDevice() ? 'c' : undefined;
  if (!type) return undefined;
  const number = BigInt(stat.rdev);
  return {
    path,
    type,
    // As glibc packs them, gnu_dev_major(3).
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn)),
    minor: Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n)),
    fileMode: stat.mode & 0o777,
    uid: stat.uid,
    gid: stat.gid,
  };
}
