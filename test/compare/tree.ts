import { execFileSync } from 'node:child_process';

/** One path a line, with everything that an unpacker has to bring: what two trees must have in common. */
const listing = `
import hashlib, os, stat, sys
root = os.fsencode(sys.argv[1])
links = {}
def line(path):
    s = os.lstat(path)
    name = os.path.relpath(path, root)
    kind = stat.S_IFMT(s.st_mode)
    out = [repr(name), oct(s.st_mode), "%d:%d" % (s.st_uid, s.st_gid)]
    # Neither tool's archives have an entry for the root, so its time is whoever unpacks it.
    if name != b".": out.append("mtime %d" % s.st_mtime_ns)
    if kind == stat.S_IFREG:
        h = hashlib.sha256()
        with open(path, "rb") as f:
            while chunk := f.read(1 << 20): h.update(chunk)
        out += ["size %d" % s.st_size, h.hexdigest()]
        # Other names may have gone in a later layer: only those that are there count.
        first = links.setdefault(s.st_ino, name)
        if first != name: out.append("same as " + repr(first))
    if kind == stat.S_IFLNK: out.append("-> " + repr(os.readlink(path)))
    if kind in (stat.S_IFCHR, stat.S_IFBLK): out.append("device %d:%d" % (os.major(s.st_rdev), os.minor(s.st_rdev)))
    for x in sorted(os.listxattr(path, follow_symlinks=False)):
        if not x.startswith("trusted.overlay."): out.append(x + "=" + os.getxattr(path, x, follow_symlinks=False).hex())
    print(" ".join(out))
for at, directories, files in os.walk(root):
    directories.sort()
    line(at)
    for name in sorted(files + [d for d in directories if os.path.islink(os.path.join(at, d))]):
        line(os.path.join(at, name))
`;

/** The lines of a tree, in order. */
export function listTree(root: string): string[] {
  const text = execFileSync('python3', ['-c', listing, root], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return text.trimEnd().split('\n');
}
