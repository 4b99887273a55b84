import { type IDMapping, NamespaceMode, type NamespaceOption } from '@slipway/cri';
import { maxId } from './process/accounts.js';
import { invalidField } from './field.js';
import type { OciIdMapping } from './types.js';
import type { ResolvedUser } from './process/user.js';

const prefix = 'linux.security_context';

/** The ids of a pod in a user namespace: one range of each kind, which begins with the container's 0. */
export interface IdMappings {
  uid: OciIdMapping;
  gid: OciIdMapping;
}

type UsernsOptions = NonNullable<NamespaceOption['usernsOptions']>;

/**
 * The user namespace that a pod's or container's userns_options ask for (CRI, UserNamespace): undefined is the
 * host's user namespace. POD takes one mapping of each kind, NODE none; no other
 * mode exists for it. @throws SlipwayError INVALID_REQUEST that names the field
 */
export function userNamespace(options: Pick<NamespaceOption, 'usernsOptions'> | undefined): IdMappings | undefined {
  const wanted = options?.usernsOptions;
  if (!wanted) return undefined;
  const field = `${prefix}.namespace_options.userns_options`;
  switch (wanted.mode) {
    case NamespaceMode.NODE:
      if (wanted.uids.length + wanted.gids.length === 0) return undefined;
      throw invalidField(`${field}.mode`, "NODE is the host's user namespace, which takes no mappings");
    case NamespaceMode.POD:
      return idMappings(field, wanted);
    default:
      throw invalidField(`${field}.mode`, 'POD and NODE are the modes that exist for it');
  }
}

function idMappings(field: string, { uids, gids }: Pick<UsernsOptions, 'uids' | 'gids'>): IdMappings {
  return { uid: single(`${field}.uids`, uids), gid: single(`${field}.gids`, gids) };
}

function single(field: string, mappings: readonly IDMapping[]): OciIdMapping {
  const [mapping, ...more] = mappings;
  if (!mapping || more.length > 0) throw invalidField(field, `it needs one mapping, and there are ${mappings.length}`);
  if (mapping.containerId !== 0) {
    throw invalidField(
      `${field}[0].container_id`,
      `the container's id 0 is not mapped: ${mapping.containerId} is the first`,
    );
  }
  return checkedMapping(`${field}[0]`, mapping);
}

function checkedMapping(field: string, { containerId, hostId, length }: IDMapping): OciIdMapping {
  if (length === 0) throw invalidField(`${field}.length`, 'it maps nothing');
  if (containerId + length - 1 > maxId || hostId + length - 1 > maxId) {
    throw invalidField(`${field}.length`, `it goes beyond the last id, ${maxId}`);
  }
  return { containerID: containerId, hostID: hostId, size: length };
}

/**
 * The mappings of a single mount: one or more ranges of each kind, or none of both
 * for a mount whose ids are left as they are.
 */
export function mountMappings(
  field: string,
  { uidMappings, gidMappings }: { uidMappings: readonly IDMapping[]; gidMappings: readonly IDMapping[] },
): { uids: OciIdMapping[]; gids: OciIdMapping[] } | undefined {
  if (uidMappings.length + gidMappings.length === 0) return undefined;
  if (uidMappings.length === 0) throw invalidField(`${field}.uidMappings`, 'gidMappings need it beside them');
  if (gidMappings.length === 0) throw invalidField(`${field}.gidMappings`, 'uidMappings need it beside them');
  const all = (name: string, list: readonly IDMapping[]): OciIdMapping[] =>
    list.map((mapping, index) => checkedMapping(`${field}.${name}[${index}]`, mapping));
  return { uids: all('uidMappings', uidMappings), gids: all('gidMappings', gidMappings) };
}

/** A container lives in its pod's user namespace: options of its own that say something else are refused. */
export function containerUserNamespace(
  pod: Pick<NamespaceOption, 'usernsOptions'> | undefined,
  container: Pick<NamespaceOption, 'usernsOptions'> | undefined,
): IdMappings | undefined {
  const mappings = userNamespace(pod);
  if (!container?.usernsOptions) return mappings;
  const own = userNamespace(container);
  if (!sameMapping(own?.uid, mappings?.uid) || !sameMapping(own?.gid, mappings?.gid)) {
    throw invalidField(`${prefix}.namespace_options.userns_options`, "it is not the pod's");
  }
  return mappings;
}

function sameMapping(a: OciIdMapping | undefined, b: OciIdMapping | undefined): boolean {
  return a?.containerID === b?.containerID && a?.hostID === b?.hostID && a?.size === b?.size;
}

/** Refuses a user whose ids have no place in the pod's user namespace; the kernel would say EINVAL. */
export function checkMapped(mappings: IdMappings | undefined, user: ResolvedUser): void {
  if (!mappings) return;
  const refuse = (name: string, id: number): Error =>
    invalidField(`${prefix}.${name}`, `${id} is not mapped in the pod's user namespace`);
  if (user.uid >= mappings.uid.size) throw refuse('run_as_user', user.uid);
  if (user.gid >= mappings.gid.size) throw refuse('run_as_group', user.gid);
  const outside = user.additionalGids.find((gid) => gid >= mappings.gid.size);
  if (outside !== undefined) throw refuse('supplemental_groups', outside);
}

/** A line of a uid_map or gid_map (user_namespaces(7)). */
export interface IdMapLine {
  containerId: number;
  hostId: number;
  size: number;
}

/** Mappings as the kernel takes them. */
export function userMapping({ uid, gid }: IdMappings): { uids: IdMapLine[]; gids: IdMapLine[] } {
  const line = ({ containerID, hostID, size }: OciIdMapping): IdMapLine => ({
    containerId: containerID,
    hostId: hostID,
    size,
  });
  return { uids: [line(uid)], gids: [line(gid)] };
}
