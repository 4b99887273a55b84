import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Mount, MountPropagation } from '@slipway/cri';
import { hasCode, listMounts, mountAt, type MountInfo } from '@slipway/linux';
import { invalidField, type ResolvedMount } from '@slipway/oci-spec';

/**
 * A host path as a mount's source: symlinks resolved, and a missing one made as a
 * directory, as the CRI asks for at Mount.host_path.
 */
export function resolveHostPath(field: string, path: string, parents = new Map<string, string>()): string {
  if (!path.startsWith('/')) throw invalidField(field, `${JSON.stringify(path)} is not absolute`);
  if (path.includes('\0')) throw invalidField(field, 'it contains a NUL byte');
  try {
    return realPath(path, parents);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw unusable(field, path, error);
  }
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    return realpathSync.native(path);
  } catch (error) {
    throw unusable(field, path, error);
  }
}

/** realpath(3), which asks for each part of a path: a parent that many mounts share is asked for once. */
function realPath(path: string, parents: Map<string, string>): string {
  const [parent, name] = [dirname(path), basename(path)];
  if (name === '' || name === '.' || name === '..' || path.endsWith('/')) return realpathSync.native(path);
  let real = parents.get(parent);
  if (real === undefined) {
    real = realpathSync.native(parent);
    parents.set(parent, real);
  }
  const inside = real === '/' ? `/${name}` : `${real}/${name}`;
  return lstatSync(inside).isSymbolicLink() ? realpathSync.native(path) : inside;
}

function unusable(field: string, path: string, cause: unknown): Error {
  return invalidField(field, `${path} cannot be used: ${(cause as Error).message}`, { cause });
}

/** The mounts of a config that have a host path, in their order. Image volumes are another's job. */
export function resolveHostMounts(mounts: readonly Mount[]): ResolvedMount[] {
  let table: MountInfo[] | undefined;
  const parents = new Map<string, string>();
  return mounts.flatMap((mount, index) => {
    if (mount.image?.image) return [];
    const field = `mounts[${index}]`;
    const source = resolveHostPath(`${field}.host_path`, mount.hostPath, parents);
    const needed = mount.propagation !== MountPropagation.PROPAGATION_PRIVATE;
    if (needed) table ??= listMounts();
    return [
      {
        field,
        containerPath: mount.containerPath,
        source,
        readonly: mount.readonly,
        recursiveReadOnly: mount.recursiveReadOnly,
        propagation: mount.propagation,
        ...(needed ? { sourcePropagation: propagationAt(source, table ?? []) } : {}),
      },
    ];
  });
}

/** How the mount that holds `path` propagates; `table` in the order of /proc/self/mountinfo. */
export function propagationAt(path: string, table: readonly MountInfo[]): 'shared' | 'slave' | 'private' {
  const best = mountAt(path, table);
  const has = (kind: string): boolean => best?.propagation.some((item) => item.startsWith(`${kind}:`)) ?? false;
  return has('shared') ? 'shared' : has('master') ? 'slave' : 'private';
}
