import { SlipwayError } from '@slipway/errors';

/**
 * The directory of an OCI `cgroupsPath`, relative to a hierarchy's mount point, starting with `/`.
 *
 * Two forms (OCI runtime spec, config-linux.md; runc's docs/systemd.md): a plain path, or
 * `slice:prefix:name` for the systemd driver, where `a-b.slice` lies in `a.slice`
 * (systemd.slice(5)) and holds `prefix-name.scope`.
 */
export function relativeCgroup(cgroupsPath: string): string {
  const parts = cgroupsPath.split(':');
  if (parts.length === 3) {
    const [slice = '', prefix, name = ''] = parts;
    const unit = name.endsWith('.slice') ? name : `${prefix ? `${prefix}-` : ''}${name}.scope`;
    return `${expandSlice(slice)}/${unit}`;
  }
  if (cgroupsPath.endsWith('.slice') && !cgroupsPath.includes('/')) return expandSlice(cgroupsPath);
  const path = `/${cgroupsPath.split('/').filter(Boolean).join('/')}`;
  if (path === '/' || path.split('/').includes('..')) {
    throw new SlipwayError('INVALID_REQUEST', `${JSON.stringify(cgroupsPath)} does not name a cgroup below the root`);
  }
  return path;
}

/** `kubepods-burstable-pod1.slice` → `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice`. */
function expandSlice(slice: string): string {
  if (slice === '' || slice === '-.slice') return '';
  const name = slice.replace(/\.slice$/, '');
  if (name === slice || name.includes('/') || name.split('-').includes('')) {
    throw new SlipwayError('INVALID_REQUEST', `${JSON.stringify(slice)} is not the name of a systemd slice`);
  }
  const words = name.split('-');
  return words.map((_, index) => `/${words.slice(0, index + 1).join('-')}.slice`).join('');
}
