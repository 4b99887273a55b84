import { join } from 'node:path';
import { digestAlgorithm, digestHex, parseDigest } from '@slipway/digest';
import type { LayerInfo } from './layer-info.js';

/** Where a store has what, and which of it is to be trusted; it touches no disk. See LayerStore. */
export class StoreLayout {
  readonly layers: string;
  /** Directories that are being filled or removed. */
  readonly tmp: string;
  readonly locks: string;
  /** Layers that lost files, `<boot id>-<uuid>`. */
  readonly aside: string;

  constructor(
    readonly root: string,
    /** Names the running boot. */
    readonly bootID: string,
  ) {
    this.layers = join(root, 'layers');
    this.tmp = join(this.layers, 'tmp');
    this.locks = join(this.layers, 'locks');
    this.aside = join(this.layers, 'aside');
  }

  /** The layer's directory; its files are in `fs`. */
  home(diffID: string): string {
    const digest = parseDigest(diffID, 'IMAGE_INVALID');
    const [algorithm, hex] = [digestAlgorithm(digest), digestHex(digest)];
    return `${this.layers}/${algorithm}/${hex}`;
  }

  record(diffID: string): string {
    return join(this.home(diffID), 'layer.json');
  }

  /** The content of a record; undefined when it cannot be trusted. */
  read(diffID: string, record: string): LayerInfo | undefined {
    try {
      const info = JSON.parse(record) as LayerInfo;
      if (info.diffID === diffID && (info.synced || info.bootID === this.bootID)) return info;
    } catch {
      // An empty or cut record is what a power loss leaves: not trusted.
    }
    return undefined;
  }
}
