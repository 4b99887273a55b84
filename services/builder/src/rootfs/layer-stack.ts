import { chmodSync, chownSync, lstatSync, lutimesSync, mkdirSync, type Stats } from 'node:fs';
import type { ImageRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { hasFiles, type LayerInfo, type LayerStore } from '@slipway/layers';
import { getXattr, hasCode, listXattr, setXattr } from '@slipway/linux';
import type { IdMappings } from '@slipway/oci-spec';

/** A layer below a root file system. */
export interface StackedLayer {
  /** Its overlay lowerdir. */
  path: string;
  /** Directories that its archive used without an entry for them: what they look like is the layers' below to say. */
  implied: ReadonlySet<string>;
}

type Facts = Pick<LayerInfo, 'impliedDirectories' | 'opaqueRoot' | 'inodes'>;
const noFacts: Facts = { impliedDirectories: [], opaqueRoot: false, inodes: Number.POSITIVE_INFINITY };
/** A layer's facts follow from its digest, so that they never change; bounded for nodes that see many images. */
const known = new Map<string, Facts>();
const maxKnown = 4096;

/**
 * The layers of an image, the topmost first, as overlayfs shall stack them. A layer that occurs twice
 * counts where it lies higher: below itself it shows nothing, and overlayfs refuses it. Below one whose
 * root is opaque nothing is stacked, as overlayfs looks for no mark on a root.
 */
export async function layerStack(
  image: ImageRecord,
  layers: Pick<LayerStore, 'path' | 'info'>,
): Promise<StackedLayer[]> {
  const stack: StackedLayer[] = [];
  for (const diffID of new Set(image.layers.map(({ diffId }) => diffId).reverse())) {
    const facts = known.get(diffID) ?? (await layers.info(diffID)) ?? noFacts;
    if (facts !== noFacts) {
      if (known.size >= maxKnown) known.clear();
      const { impliedDirectories, opaqueRoot, inodes } = facts;
      known.set(diffID, { impliedDirectories, opaqueRoot, inodes });
    }
    const path = layers.path(diffID);
    if (!hasFiles(path, facts)) throw layerIsGone(image, path);
    stack.push({ path, implied: new Set(facts.impliedDirectories) });
    if (facts.opaqueRoot) break;
  }
  return stack;
}

/** A layer that an image needs has no files: a container would start without them. */
export function layerIsGone(image: Pick<ImageRecord, 'id'>, path: string, cause?: unknown): SlipwayError {
  return new SlipwayError('IMAGE_NOT_FOUND', `layer ${path} of image ${image.id} is not on this node`, {
    object: `image ${image.id}`,
    hint: 'pull the image again',
    cause,
  });
}

/**
 * Makes those directories, in `root`, that a layer only implies and a lower one describes, with the attributes of the
 * lower one: on top of the stack they are what the image's maker saw. `shift` moves owners into
 * a user namespace, for a `root` whose ids are not mapped.
 */
export function restoreDirectories(root: string, stack: readonly StackedLayer[], shift?: IdMappings): void {
  const wanted = new Set(stack.flatMap(({ implied }) => [...implied]));
  const done = new Map<string, Made>();
  const add = (path: string, source: Buffer | undefined): void => {
    if (source && !done.has(path)) done.set(path, make(root, path, source, shift));
  };
  for (const path of [...wanted].sort()) {
    const source = describedBelow(stack, path);
    if (!source) continue;
    const parts = path.split('/');
    // Its parents come along, as they are.
    for (let length = 1; length < parts.length; length++) {
      const parent = parts.slice(0, length).join('/');
      add(parent, describedBelow(stack, parent) ?? topmost(stack, parent));
    }
    add(path, source);
  }
  // Last: a directory's time changes with what is made in it.
  for (const { target, stat } of done.values()) lutimesSync(target, stat.atime, stat.mtime);
}

/** Where a directory that is seen through an implied one is described; undefined when the topmost is not implied. */
function describedBelow(stack: readonly StackedLayer[], path: string): Buffer | undefined {
  let implied = false;
  for (const layer of stack) {
    const { found, hides } = look(layer.path, path);
    if (found && !layer.implied.has(path)) return implied ? found : undefined;
    implied ||= found !== undefined;
    if (hides) return undefined;
  }
  return undefined;
}

function topmost(stack: readonly StackedLayer[], path: string): Buffer | undefined {
  for (const layer of stack) {
    const { found, hides } = look(layer.path, path);
    if (found || hides) return found;
  }
  return undefined;
}

/** A directory in one layer, and whether the layer hides what lower ones have there. Paths are bytes, as latin1. */
function look(layer: string, path: string): { found?: Buffer | undefined; hides: boolean } {
  let at = layer;
  let hides = false;
  for (const part of path.split('/')) {
    at = `${at}/${part}`;
    let stat: Stats;
    try {
      stat = lstatSync(bytes(layer, at));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      return { hides };
    }
    // A whiteout, or something that took the directory's place.
    if (!stat.isDirectory()) return { hides: true };
    hides ||= getXattr(bytes(layer, at), 'trusted.overlay.opaque')?.toString() === 'y';
  }
  return { found: bytes(layer, at), hides };
}

/** The store's own path is UTF-8; what lies within the layer is bytes. */
function bytes(layer: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(layer), Buffer.from(path.slice(layer.length), 'latin1')]);
}

interface Made {
  target: Buffer;
  stat: Stats;
}

function make(root: string, path: string, source: Buffer, shift: IdMappings | undefined): Made {
  const stat = lstatSync(source);
  const target = bytes(root, `${root}/${path}`);
  mkdirSync(target, { mode: 0o700 });
  for (const name of listXattr(source)) {
    const value = name.startsWith('trusted.overlay.') ? undefined : getXattr(source, name);
    if (value) setXattr(target, name, value);
  }
  chownSync(target, stat.uid + (shift?.uid.hostID ?? 0), stat.gid + (shift?.gid.hostID ?? 0));
  chmodSync(target, stat.mode & 0o7777);
  return { target, stat };
}
