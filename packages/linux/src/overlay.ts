import { hasCode, SyscallError } from './errno.js';
import { FsContext, moveMount } from './fs-context.js';
import { closeFd } from './libc.js';
import { bindMount, mount } from './mounts.js';

const MOUNT_ATTR_RDONLY = 1;
/** mount(2) copies one page of options and cuts the rest off without a word. */
const maxOptionBytes = 4095;

export interface OverlayRequest {
  /** Absolute paths of the layers, the topmost first; the kernel takes up to 500. */
  lower: readonly string[];
  /** Where writes go; without it the mount is read-only. */
  upper?: string | undefined;
  /** An empty directory on upper's file system; needed with `upper`. */
  work?: string | undefined;
  target: string;
  /** More overlay options: `{ metacopy: 'off', volatile: true }`. True stands for an option without a value. */
  options?: Record<string, string | true> | undefined;
  /** Mount read-only although there is an upper directory. */
  readonly?: boolean | undefined;
}

let lowerdirPlus: boolean | undefined;

/** Whether overlay layers can be given one by one (`lowerdir+`, Linux 6.7), which lifts the one-page limit. */
export function hasOverlayLowerdirPlus(): boolean {
  if (lowerdirPlus !== undefined) return lowerdirPlus;
  try {
    const context = new FsContext('overlay');
    try {
      context.set('lowerdir+', '/');
      lowerdirPlus = true;
    } finally {
      context.close();
    }
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'ENOSYS', 'ENODEV')) throw error;
    lowerdirPlus = false;
  }
  return lowerdirPlus;
}

/**
 * Mounts an overlay at `target`, which must exist. Layers go in one by one where the
 * kernel has `lowerdir+`, else as one option string, which holds about 120 layers.
 * Throws SyscallError whose text includes what the kernel's context said.
 */
export function mountOverlay(request: OverlayRequest): void {
  if (request.lower.length === 0)
    throw new SyscallError('EINVAL', 'mount overlay', request.target, 'no lower directory');
  if (request.upper !== undefined && request.work === undefined) {
    throw new SyscallError('EINVAL', 'mount overlay', request.target, 'an upper directory needs a work directory');
  }
  const [only, ...more] = request.lower as [string, ...string[]];
  // overlayfs refuses one lower directory without an upper one; a read-only bind shows the same.
  if (request.upper === undefined && more.length === 0) bindMount(only, request.target, { readonly: true });
  else if (hasOverlayLowerdirPlus()) mountByContext(request);
  else mountByString(request);
}

function mountByContext(request: OverlayRequest): void {
  const context = new FsContext('overlay');
  try {
    context.set('source', 'overlay');
    for (const lower of request.lower) context.set('lowerdir+', lower);
    if (request.upper !== undefined) {
      // Unlike lowerdir+, these two are still unescaped by overlayfs.
      context.set('upperdir', request.upper.replaceAll('\\', '\\\\'));
      context.set('workdir', (request.work as string).replaceAll('\\', '\\\\'));
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
  }
}

function mountByString(request: OverlayRequest): void {
  const data = overlayOptions(request);
  if (Buffer.byteLength(data) > maxOptionBytes) {
    throw new SyscallError(
      'E2BIG',
      'mount overlay',
      request.target,
      `${request.lower.length} layers do not fit into one page of options; Linux 6.7 lifts that limit`,
    );
  }
  mount({ source: 'overlay', target: request.target, type: 'overlay', flags: request.readonly ? ['ro'] : [], data });
}

function escape(path: string): string {
  return path.replace(/[\\,]/g, '\\$&');
}

/** The option string of mount(2): a comma or backslash in a path, and a colon in a lower one, are escaped. */
export function overlayOptions(request: OverlayRequest): string {
  const parts = [`lowerdir=${request.lower.map((lower) => escape(lower).replaceAll(':', '\\:')).join(':')}`];
  if (request.upper !== undefined)
    parts.push(`upperdir=${escape(request.upper)}`, `workdir=${escape(request.work as string)}`);
  // A security label may hold commas; quoted it stays one option.
  for (const [key, value] of Object.entries(request.options ?? {}))
    parts.push(value === true ? key : `${key}=${value.includes(',') ? `"${value}"` : value}`);
  return parts.join(',');
}
