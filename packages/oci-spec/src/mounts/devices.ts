import { posix } from 'node:path';
import { invalidField, withoutNul } from '../field.js';
import type { ResolvedDevice } from '../input.js';
import type { OciDevice, OciDeviceRule } from '../types.js';

export interface DevicesInput {
  devices: readonly ResolvedDevice[];
  hostDevices: readonly OciDevice[];
  privileged: boolean;
}

/**
 * linux.devices and the device cgroup's rules. Runtimes add the devices of config-linux.md
 * ("Default Devices") by themselves. A privileged container gets all of the host's.
 */
export function containerDevices(input: DevicesInput): { devices: OciDevice[]; rules: OciDeviceRule[] } {
  const devices = new Map<string, OciDevice>();
  if (input.privileged) for (const device of input.hostDevices) devices.set(device.path, device);
  const rules: OciDeviceRule[] = [{ allow: input.privileged, access: 'rwm' }];
  for (const { access, ...device } of input.devices) {
    devices.set(device.path, device);
    if (input.privileged || device.type === 'p') continue;
    rules.push({
      allow: true,
      type: device.type === 'u' ? 'c' : device.type,
      ...(device.major === undefined ? {} : { major: device.major }),
      ...(device.minor === undefined ? {} : { minor: device.minor }),
      access,
    });
  }
  return { devices: [...devices.values()], rules };
}

/** The permissions of a CRI device: of r, w and m; nothing means all. */
export function deviceAccess(field: string, permissions: string): string {
  if (!/^[rwm]{0,3}$/.test(permissions)) {
    throw invalidField(`${field}.permissions`, `${JSON.stringify(permissions)} are not of r, w and m`);
  }
  return [...new Set(permissions || 'rwm')].join('');
}

/** Where a device appears: the container's path, or the host's where it names none. */
export function devicePath(field: string, containerPath: string, hostPath: string): string {
  const path = containerPath || hostPath;
  if (!path.startsWith('/')) throw invalidField(`${field}.container_path`, `${JSON.stringify(path)} is not absolute`);
  return posix.normalize(withoutNul(`${field}.container_path`, path));
}
