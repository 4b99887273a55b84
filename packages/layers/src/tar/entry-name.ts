import { SlipwayError } from '@slipway/errors';
import { invalid, printable } from './tar-header.js';

const whiteoutPrefix = '.wh.';
const opaqueName = '.wh..wh..opq';
const metadataPrefix = '.wh..wh.';

/** The place that an entry's name asks for; `parent` is relative, without leading or trailing slashes, '' for the root. */
export type EntryName =
  | { readonly kind: 'root' }
  | { readonly kind: 'plain'; readonly parent: string; readonly base: string }
  /** `base` of the lower layers is to be hidden. */
  | { readonly kind: 'whiteout'; readonly parent: string; readonly base: string }
  /** All that lower layers have in `parent` is to be hidden. */
  | { readonly kind: 'opaque'; readonly parent: string }
  /** Bookkeeping of aufs (`.wh..wh.plnk` and the like): nothing to unpack. */
  | { readonly kind: 'metadata' };

/**
 * The components of an archive's path: absolute paths count from the layer's root, `.` and
 * inner `..` are folded as text. A path that leaves the root by its text is IMAGE_INVALID.
 */
export function cleanPath(path: string, maxDepth: number): string[] {
  const clean: string[] = [];
  for (const component of path.split('/')) {
    if (component === '' || component === '.') continue;
    if (component === '..') {
      if (clean.pop() === undefined) throw invalid(`${printable(path)} leads out of the layer`);
      continue;
    }
    if (component.length > 255) throw invalid(`${printable(path)} has a component of more than 255 bytes`);
    clean.push(component);
  }
  if (clean.length > maxDepth) {
    throw new SlipwayError(
      'LIMIT_EXCEEDED',
      `${printable(path)} is ${clean.length} directories deep (limit maxDepth ${maxDepth})`,
    );
  }
  return clean;
}

/** Reads the whiteout marks in a name (OCI image spec, layer.md, "Whiteouts"). */
export function parseEntryName(path: string, maxDepth: number): EntryName {
  const components = cleanPath(path, maxDepth);
  const base = components.pop();
  if (base === undefined) return { kind: 'root' };
  for (const component of components) {
    if (component.startsWith(metadataPrefix)) return { kind: 'metadata' };
    if (component.startsWith(whiteoutPrefix)) throw invalid(`${printable(path)} has a whiteout for a parent directory`);
  }
  const parent = components.join('/');
  if (base === opaqueName) return { kind: 'opaque', parent };
  if (base.startsWith(metadataPrefix)) return { kind: 'metadata' };
  if (!base.startsWith(whiteoutPrefix)) return { kind: 'plain', parent, base };
  const hidden = base.slice(whiteoutPrefix.length);
  if (hidden === '' || hidden === '.' || hidden === '..') throw invalid(`${printable(path)} is a whiteout of nothing`);
  return { kind: 'whiteout', parent, base: hidden };
}
