/** A line of passwd(5). */
export interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** A line of group(5). */
export interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

const decimal = /^\d{1,10}$/;
/** (uid_t)-1 means "no change" to the kernel, so that it is nobody's id. */
export const maxId = 0xfffffffe;

/** A decimal id in the kernel's range, or undefined. */
export function parseId(text: string): number | undefined {
  if (!decimal.test(text)) return undefined;
  const id = Number(text);
  return id <= maxId ? id : undefined;
}

function lines(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}

/** The users of an /etc/passwd; lines that are malformed are passed over, as libc does. */
export function parsePasswd(text: string): PasswdEntry[] {
  return lines(text).flatMap(([name, , uidText, gidText, , home]) => {
    const uid = parseId(uidText ?? '');
    const gid = parseId(gidText ?? '');
    return name && uid !== undefined && gid !== undefined ? [{ name, uid, gid, home: home ?? '' }] : [];
  });
}

/** The groups of an /etc/group; lines that are malformed are passed over. */
export function parseGroup(text: string): GroupEntry[] {
  return lines(text).flatMap(([name, , gidText, members]) => {
    const gid = parseId(gidText ?? '');
    return name && gid !== undefined ? [{ name, gid, members: (members ?? '').split(',').filter(Boolean) }] : [];
  });
}
