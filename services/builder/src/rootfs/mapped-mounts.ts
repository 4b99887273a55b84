import { closeSync, lstatSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mount, MountPropagation } from '@slipway/cri';
import { hasCode, idmapMount, listMounts, mountAt, pinUserNamespace, setPropagation, unmount } from '@slipway/linux';
import {
  invalidField,
  mountMappings,
  type OciIdMapping,
  type ResolvedMount,
  unsupportedField,
} from '@slipway/oci-spec';
import type { BundlePaths } from '../bundle/bundle-paths.js';
import type { PodIds } from '../pod-ids.js';

export interface MappedMountsInput {
  /** As the CRI gave them. */
  mounts: readonly Mount[];
  ids: PodIds | undefined;
  paths: BundlePaths;
  signal?: AbortSignal | undefined;
}

/** Mount flags that the kernel locks in a user namespace (mount_namespaces(7)). */
const locked = ['nosuid', 'nodev', 'noexec'];

/**
 * Host mounts, made fit for a user namespace. A mount with mappings of its own is mounted into the bundle with its ids
 * mapped, and the container gets that mount. A mount without mappings shows the host's ids.
 */
export async function mapMounts(
  resolved: readonly ResolvedMount[],
  { mounts, ids, paths, signal }: MappedMountsInput,
): Promise<ResolvedMount[]> {
  const table = ids ? listMounts() : [];
  const namespaces = new MappingNamespaces(paths, ids, signal);
  try {
    const fit: ResolvedMount[] = [];
    for (const mount of resolved) {
      const keep = locked.filter((option) => mountAt(mount.source, table)?.options.includes(option));
      const mappings = mountMappings(mount.field, mounts[Number(/\d+/.exec(mount.field)?.[0])] as Mount);
      const source = mappings ? mapped(mount, paths, await namespaces.open(mappings)) : mount.source;
      fit.push({ ...mount, source, ...(keep.length > 0 ? { keep } : {}) });
    }
    return fit;
  } finally {
    namespaces.close();
  }
}

/** Mounts a source into the bundle with its ids mapped; answers where. */
function mapped({ field, source, propagation }: ResolvedMount, paths: BundlePaths, usernsFd: number): string {
  if (propagation === MountPropagation.PROPAGATION_BIDIRECTIONAL) {
    throw invalidField(`${field}.propagation`, 'a mount with mapped ids cannot be BIDIRECTIONAL');
  }
  const target = join(paths.volumes, /\d+/.exec(field)?.[0] ?? '');
  mkdirSync(paths.volumes, { recursive: true });
  if (lstatSync(source).isDirectory()) mkdirSync(target);
  else writeFileSync(target, '');
  try {
    idmapMount(source, target, usernsFd, { recursive: true });
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'ENOSYS', 'EPERM', 'EOPNOTSUPP')) throw error;
    const why = `${source}, or what is mounted below it, cannot be mounted with mapped ids: ${(error as Error).message}`;
    throw unsupportedField(`${field}.uidMappings`, why);
  }
  // Never a peer of the source: what is unmounted here with the bundle must stay mounted there.
  setPropagation(target, propagation === MountPropagation.PROPAGATION_PRIVATE ? 'rprivate' : 'rslave');
  return target;
}

type Mappings = { uids: OciIdMapping[]; gids: OciIdMapping[] };

/** User namespaces that lend their mapping to mounts: the pod's where it is the same, else one made for the moment. */
class MappingNamespaces {
  readonly #made = new Map<string, number>();
  readonly #pins: string[] = [];

  constructor(
    readonly paths: BundlePaths,
    readonly ids: PodIds | undefined,
    readonly signal: AbortSignal | undefined,
  ) {}

  async open(mappings: Mappings): Promise<number> {
    const key = JSON.stringify(mappings);
    const { ids } = this;
    if (ids && key === JSON.stringify({ uids: [ids.uid], gids: [ids.gid] })) return ids.usernsFd;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const lines = (list: OciIdMapping[]) =>
      list.map(({ containerID, hostID, size }) => ({ containerId: containerID, hostId: hostID, size }));
    const dir = join(this.paths.directory, `mapping-${this.#made.size}`);
    const { user } = await pinUserNamespace(
      { dir, uids: lines(mappings.uids), gids: lines(mappings.gids) },
      { signal: this.signal },
    );
    this.#pins.push(user);
    const fd = openSync(user, 'r');
    this.#made.set(key, fd);
    return fd;
  }

  close(): void {
    for (const fd of this.#made.values()) closeSync(fd);
    for (const pin of this.#pins) unmount(pin, { detach: true, missingOk: true });
  }
}
