import { posix } from 'node:path';
import { invalidField } from '../field.js';

export type CgroupDriver = 'cgroupfs' | 'systemd';

/**
 * linux.cgroupsPath for a container below its pod's cgroup.
 * cgroupfs: `<parent>/<id>`. systemd: `<slice>:slipway:<id>` (runc docs/systemd.md),
 * for which the last part of the parent is the slice.
 */
export function cgroupsPath(driver: CgroupDriver, parent: string, id: string): string {
  if (driver === 'cgroupfs') return posix.join('/', parent.includes('/') ? parent : slicePath(parent), id);
  const slice = posix.basename(parent);
  if (slice === '' || slice === '/') return `:slipway:${id}`;
  if (!slice.endsWith('.slice')) {
    throw invalidField(
      'linux.cgroup_parent',
      `${JSON.stringify(parent)} is no slice, which the systemd cgroup driver needs`,
    );
  }
  return `${slice}:slipway:${id}`;
}

/** Where a slice lies, for those who do not ask systemd: `a-b.slice` is in `a.slice` (systemd.slice(5)). */
function slicePath(name: string): string {
  if (!name.endsWith('.slice')) return name;
  const words = name.slice(0, -'.slice'.length).split('-');
  return words.map((_, at) => `${words.slice(0, at + 1).join('-')}.slice`).join('/');
}

/**
 * The cgroup of a pod whose config names none: `<parent>/pod<id>`, or
 * `<parent>-pod<id>.slice`, which systemd puts into `<parent>.slice` (systemd.slice(5)).
 */
export function ownCgroupParent(driver: CgroupDriver, parent: string, sandboxId: string): string {
  if (driver === 'cgroupfs') return posix.join('/', parent, `pod${sandboxId}`);
  return `${parent.replace(/\.slice$/, '')}-pod${sandboxId}.slice`;
}

/** The driver by its name; anything but systemd is cgroupfs, which needs no other service. */
export function cgroupDriver(name: string): CgroupDriver {
  return name === 'systemd' ? 'systemd' : 'cgroupfs';
}
