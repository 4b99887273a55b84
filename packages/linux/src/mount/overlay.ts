import { closeSync, constants, openSync } from 'node:fs';
import { hasCode, SyscallError } from '../errno.js';
import { FsContext, moveMount } from './fs-context.js';
import { closeFd, O_PATH } from '../libc.js';
import { bindMount, mount } from './mounts.js';

const MOUNT_ATTR_RDONLY = 1;
/** mount(2) copies one page of options and cuts the rest off without a word. */
const maxOptionBytes = 4095;
/** fsconfig(2) refuses a longer string with EINVAL (fs/fsopen.c copies 256 bytes with the NUL). */
const maxValueBytes = 255;

export interface OverlayRequest {
  /** Absolute paths of the layers, the topmost first; the kernel takes up to 500. */
  lower: readonly string[];
  /** Where writes go; without it the mount is read-only. */
  upper?: string | undefined;
  /** An empty directory on upper's file system; needed with `upper`. */
  work?: string | undefined;
  target: string;
  /** More overlay options: `{ metacopy: 'off', volatile: true }`. True means an option without a value. */
  options?: Record<string, string | true> | undefined;
  /** Mount read-only although there is an upper directory. */
  readonly?: boolean | undefined;
}

/**
 * How the kernel gets the layers: `lowerdir+` adds them one by one to a file system context (Linux 6.8), up to the
 * kernel's own limit of 500. `string` is the option string of mount(2), which every kernel takes and which holds some 220.
 */
export type OverlayMethod = 'lowerdir+' | 'string';

/** The method that has worked in this process. */
let known: OverlayMethod | undefined;

/**
 * Mounts an overlay at `target`, which must exist. Only a mount shows whether the kernel has `lowerdir+`: before 6.5
 * the context of overlayfs takes every key and fails when the file system is created. So the first mount tries it, and
 * the method that worked is used from then on; `method` prescribes one.
 * Throws SyscallError, E2BIG for too many layers; with `lowerdir+` its text includes what the kernel's context said.
 */
export function mountOverlay(request: OverlayRequest, method: OverlayMethod | undefined = known): void {
  if (request.lower.length === 0)
    throw new SyscallError('EINVAL', 'mount overlay', request.target, 'no lower directory');
  if (request.upper !== undefined && request.work === undefined) {
    throw new SyscallError('EINVAL', 'mount overlay', request.target, 'an upper directory needs a work directory');
  }
  const [only, ...more] = request.lower as [string, ...string[]];
  // overlayfs refuses one lower directory without an upper one; a read-only bind shows the same.
  if (request.upper === undefined && more.length === 0) bindMount(only, request.target, { readonly: true });
  else if (method === undefined) known = mountByEither(request);
  else if (method === 'lowerdir+') mountByContext(request);
  else mountByString(request);
}

/** Answers the method that worked. A request that is wrong in itself fails by both, and the context's error says more. */
function mountByEither(request: OverlayRequest): OverlayMethod {
  try {
    mountByContext(request);
    return 'lowerdir+';
  } catch (error) {
    // EPERM: a seccomp profile that was written before the system call.
    if (!hasCode(error, 'EINVAL', 'ENOSYS', 'EPERM')) throw error;
    try {
      mountByString(request);
    } catch (second) {
      throw hasCode(second, 'EINVAL', 'EPERM') && hasCode(error, 'EINVAL', 'EPERM') ? error : second;
    }
    return 'string';
  }
}

function mountByContext(request: OverlayRequest): void {
  const aliases = new PathAliases();
  const context = new FsContext('overlay');
  try {
    // Unlike lowerdir+, upperdir and workdir are unescaped by overlayfs.
    const usual = (path: string): string =>
      Buffer.byteLength(path) > maxValueBytes || path.includes('\\') ? aliases.of(path) : path;
    context.set('source', 'overlay');
    for (const lower of request.lower) context.set('lowerdir+', usual(lower));
    if (request.upper !== undefined) {
      context.set('upperdir', usual(request.upper));
      context.set('workdir', usual(request.work as string));
    }
    for (const [key, value] of Object.entries(request.options ?? {})) {
      if (value === true) context.flag(key);
      else context.set(key, value);
    }
    const mountFd = context.create(request.readonly ? MOUNT_ATTR_RDONLY : 0);
    try {
      moveMount(mountFd, request.target);
    } finally {
      closeFd(mountFd);
    }
  } finally {
    context.close();
    aliases.close();
  }
}

function mountByString(request: OverlayRequest): void {
  const aliases = new PathAliases();
  const flags: readonly 'ro'[] = request.readonly ? ['ro'] : [];
  try {
    let data = overlayOptions(request, (path) => path);
    // How commas, colons and backslashes are escaped has changed between kernels: such paths are not written at all.
    const paths = [...request.lower, request.upper ?? '', request.work ?? ''];
    if (Buffer.byteLength(data) > maxOptionBytes || paths.some((path) => /[\\,:]/.test(path))) {
      data = overlayOptions(request, (path) => aliases.of(path));
    }
    if (Buffer.byteLength(data) > maxOptionBytes) {
      throw new SyscallError(
        'E2BIG',
        'mount overlay',
        request.target,
        `${request.lower.length} layers do not fit into one page of options; Linux 6.8 lifts that limit`,
      );
    }
    mount({ source: 'overlay', target: request.target, type: 'overlay', flags, data });
  } finally {
    aliases.close();
  }
}

function overlayOptions(request: OverlayRequest, alias: (path: string) => string): string {
  const parts = [`lowerdir=${request.lower.map(alias).join(':')}`];
  if (request.upper !== undefined)
    parts.push(`upperdir=${alias(request.upper)}`, `workdir=${alias(request.work as string)}`);
  // A security label may hold commas; quoted it stays one option.
  for (const [key, value] of Object.entries(request.options ?? {}))
    parts.push(value === true ? key : `${key}=${value.includes(',') ? `"${value}"` : value}`);
  return parts.join(',');
}

/**
 * Short names of directories, for as long as they are open: the kernel follows /proc/self/fd/<n> to the directory
 * itself. Others shorten paths by a change of the working directory, which all threads of a process share.
 */
class PathAliases {
  readonly #open = new Map<string, number>();

  /** Throws ENOENT, ENOTDIR, EMFILE. */
  of(path: string): string {
    let fd = this.#open.get(path);
    if (fd === undefined) {
      fd = openSync(path, O_PATH | constants.O_DIRECTORY);
      this.#open.set(path, fd);
    }
    return `/proc/self/fd/${fd}`;
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
  }
}
