import { SyscallError } from '../errno.js';
import { check, cPath, lastErrno, libcFunction, showPath } from '../libc.js';

type Target = string | Buffer | number;
type SetArguments<T> = [T, string, Buffer, number, number];
type GetArguments<T> = [T, string, Buffer | null, number];
type ListArguments<T> = [T, Buffer | null, number];

const setParameters = 'const char *name, void *value, size_t size, int flags';
const getParameters = 'const char *name, void *value, size_t size';
const listParameters = 'void *list, size_t size';
type Path = string | Buffer;
const calls = {
  set: libcFunction<SetArguments<Path>>(`int setxattr(const char *path, ${setParameters})`),
  lset: libcFunction<SetArguments<Path>>(`int lsetxattr(const char *path, ${setParameters})`),
  fset: libcFunction<SetArguments<number>>(`int fsetxattr(int fd, ${setParameters})`),
  get: libcFunction<GetArguments<Path>>(`long getxattr(const char *path, ${getParameters})`),
  lget: libcFunction<GetArguments<Path>>(`long lgetxattr(const char *path, ${getParameters})`),
  fget: libcFunction<GetArguments<number>>(`long fgetxattr(int fd, ${getParameters})`),
  list: libcFunction<ListArguments<Path>>(`long listxattr(const char *path, ${listParameters})`),
  llist: libcFunction<ListArguments<Path>>(`long llistxattr(const char *path, ${listParameters})`),
  flist: libcFunction<ListArguments<number>>(`long flistxattr(int fd, ${listParameters})`),
  remove: libcFunction<[Path, string]>('int removexattr(const char *path, const char *name)'),
  lremove: libcFunction<[Path, string]>('int lremovexattr(const char *path, const char *name)'),
  fremove: libcFunction<[number, string]>('int fremovexattr(int fd, const char *name)'),
};

const show = (target: Target): string => (typeof target === 'number' ? `fd ${target}` : showPath(target));

export interface XattrOptions {
  /** Act on a symlink itself. */
  nofollow?: boolean;
}

/** Sets an extended attribute (xattr(7)) of a path or descriptor; `value` is bytes, as file capabilities are. */
export function setXattr(target: Target, name: string, value: Buffer | string, options: XattrOptions = {}): void {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const result =
    typeof target === 'number'
      ? calls.fset(target, name, bytes, bytes.length, 0)
      : (options.nofollow ? calls.lset : calls.set)(cPath(target), name, bytes, bytes.length, 0);
  check(result, `setxattr ${name}`, show(target));
}

/** The value of an extended attribute, or undefined where there is none of that name. */
export function getXattr(target: Target, name: string, options: XattrOptions = {}): Buffer | undefined {
  const get = (value: Buffer | null, size: number): number =>
    typeof target === 'number'
      ? calls.fget(target, name, value, size)
      : (options.nofollow ? calls.lget : calls.get)(cPath(target), name, value, size);
  return sized(get, `getxattr ${name}`, show(target));
}

/** The names of the extended attributes. */
export function listXattr(target: Target, options: XattrOptions = {}): string[] {
  const list = (names: Buffer | null, size: number): number =>
    typeof target === 'number'
      ? calls.flist(target, names, size)
      : (options.nofollow ? calls.llist : calls.list)(cPath(target), names, size);
  const names = sized(list, 'listxattr', show(target));
  return names ? names.toString().split('\0').filter(Boolean) : [];
}

/** Removes an extended attribute; answers false where there was none of that name. */
export function removeXattr(target: Target, name: string, options: XattrOptions = {}): boolean {
  const result =
    typeof target === 'number'
      ? calls.fremove(target, name)
      : (options.nofollow ? calls.lremove : calls.remove)(cPath(target), name);
  if (result === 0) return true;
  const error = new SyscallError(lastErrno(), `removexattr ${name}`, show(target));
  if (error.code === 'ENODATA') return false;
  throw error;
}

/** Asks for the size, then for the value, again when it grew in between (ERANGE). */
function sized(
  call: (buffer: Buffer | null, size: number) => number,
  syscall: string,
  subject: string,
): Buffer | undefined {
  for (;;) {
    const size = call(null, 0);
    const buffer = Buffer.alloc(Math.max(0, size));
    const length = size > 0 ? call(buffer, size) : size;
    if (length >= 0) return buffer.subarray(0, length);
    const error = new SyscallError(lastErrno(), syscall, subject);
    if (error.code === 'ENODATA') return undefined;
    if (error.code !== 'ERANGE') throw error;
  }
}
