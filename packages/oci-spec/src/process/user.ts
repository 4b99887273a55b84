import { ContainerUser, type LinuxContainerSecurityContext, SupplementalGroupsPolicy } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { type GroupEntry, maxId, type PasswdEntry, parseGroup, parseId, parsePasswd } from './accounts.js';
import { invalidField } from '../field.js';
import type { ImageConfig } from '../image-config.js';

const prefix = 'linux.security_context';

/**
 * Groups that an image may put a user into. runc compares each line of /etc/group with each of them, again at each exec, and the
 * kernel takes 65536 at most (setgroups(2)).
 */
const maxMemberships = 1024;

export interface ResolvedUser {
  uid: number;
  gid: number;
  /** Every group of the process, its primary one first. */
  additionalGids: number[];
  /** Its home by /etc/passwd; empty when the user is not in there. */
  home: string;
}

export interface UserInput {
  security?:
    | Pick<
        LinuxContainerSecurityContext,
        'runAsUser' | 'runAsUsername' | 'runAsGroup' | 'supplementalGroups' | 'supplementalGroupsPolicy'
      >
    | undefined;
  image: Pick<ImageConfig, 'user'>;
  /** Text of the rootfs' /etc/passwd; empty when there is none. */
  passwd: string;
  /** Text of the rootfs' /etc/group. */
  group: string;
}

/**
 * The user of the container's process (CRI LinuxContainerSecurityContext, run_as_* and
 * supplemental_groups*): run_as_user, else run_as_username, else the image's USER,
 * else root. Without a group the primary one of passwd counts, else 0. With the
 * policy Merge the groups that list the user in the image come along.
 */
export function resolveUser({ security, image, passwd, group }: UserInput): ResolvedUser {
  const users = parsePasswd(passwd);
  const groups = parseGroup(group);
  const base = primary(security, image, users, groups);
  if (security?.runAsGroup) base.gid = id(`${prefix}.run_as_group`, security.runAsGroup.value);
  const policy = security?.supplementalGroupsPolicy ?? SupplementalGroupsPolicy.Merge;
  const strict = policy === SupplementalGroupsPolicy.Strict;
  if (!strict && policy !== SupplementalGroupsPolicy.Merge) {
    throw invalidField(`${prefix}.supplemental_groups_policy`, `${String(policy)} is no policy`);
  }
  const { name } = base;
  const memberships =
    strict || name === undefined ? [] : groups.filter((entry) => entry.members.includes(name)).map(({ gid }) => gid);
  if (memberships.length > maxMemberships) {
    throw new SlipwayError(
      'IMAGE_INVALID',
      `the image's /etc/group puts the user into ${memberships.length} groups, more than ${maxMemberships}`,
    );
  }
  const asked = (security?.supplementalGroups ?? []).map((gid, index) =>
    id(`${prefix}.supplemental_groups[${index}]`, gid),
  );
  return {
    uid: base.uid,
    gid: base.gid,
    additionalGids: [...new Set([base.gid, ...memberships, ...asked])],
    home: base.home,
  };
}

interface Primary {
  uid: number;
  gid: number;
  /** Name in passwd; undefined for a bare number that is not in there. */
  name: string | undefined;
  home: string;
}

function primary(
  security: UserInput['security'],
  image: Pick<ImageConfig, 'user'>,
  users: PasswdEntry[],
  groups: GroupEntry[],
): Primary {
  if (security?.runAsUser) return byUid(id(`${prefix}.run_as_user`, security.runAsUser.value), users);
  if (security?.runAsUsername) {
    const named = byNameOrUid(security.runAsUsername, users);
    if (named) return named;
    throw invalidField(
      `${prefix}.run_as_username`,
      `user ${JSON.stringify(security.runAsUsername)} is not in the image's /etc/passwd`,
    );
  }
  if (security?.runAsGroup) {
    throw invalidField(`${prefix}.run_as_group`, 'a group needs run_as_user or run_as_username beside it');
  }
  return imageUser(image.user, users, groups);
}

/** The image's `user[:group]`; image-spec config.md, "User". */
function imageUser(text: string, users: PasswdEntry[], groups: GroupEntry[]): Primary {
  const colon = text.indexOf(':');
  const userText = colon < 0 ? text : text.slice(0, colon);
  const groupText = colon < 0 ? '' : text.slice(colon + 1);
  const found = userText === '' ? byUid(0, users) : byNameOrUid(userText, users);
  if (!found) {
    throw new SlipwayError('IMAGE_INVALID', `image config.User: ${JSON.stringify(userText)} is not in its /etc/passwd`);
  }
  if (groupText === '') return found;
  const gid = groups.find(({ name }) => name === groupText)?.gid ?? parseId(groupText);
  if (gid === undefined) {
    throw new SlipwayError(
      'IMAGE_INVALID',
      `image config.User: group ${JSON.stringify(groupText)} is not in its /etc/group`,
    );
  }
  return { ...found, gid };
}

function byNameOrUid(text: string, users: PasswdEntry[]): Primary | undefined {
  const uid = parseId(text);
  if (uid !== undefined) return byUid(uid, users);
  return users.find(({ name }) => name === text);
}

function byUid(uid: number, users: PasswdEntry[]): Primary {
  return users.find((user) => user.uid === uid) ?? { uid, gid: 0, name: undefined, home: '' };
}

function id(field: string, value: bigint): number {
  if (value < 0n || value > BigInt(maxId)) throw invalidField(field, `${value} is not within 0 and ${maxId}`);
  return Number(value);
}

/** The user as ContainerStatus answers it: the groups with the primary one first. */
export function containerUser(user: ResolvedUser): ContainerUser {
  return ContainerUser.create({
    linux: {
      uid: BigInt(user.uid),
      gid: BigInt(user.gid),
      supplementalGroups: user.additionalGids.map(BigInt),
    },
  });
}
