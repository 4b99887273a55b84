import { rm, stat } from 'node:fs/promises';
import type { LayerOrigin } from '@slipway/layers';
import type { Descriptor } from '@slipway/registry';
import type { Bus } from '@slipway/stage';
import type { Logger } from '@slipway/telemetry';
import type { BlobFetch, BlobSource } from '../pull/blob-source.js';
import { serveBlobs } from './blob-server.js';
import { findBlobs, type Offers } from './find-blobs.js';
import { KeptBlobs } from './kept-blobs.js';
import { PeerFault, readBlob } from './read-blob.js';

/** How long a pull waits for offers, ms; once for all of its layers. */
const usualFindMs = 250;
/** Nodes that are tried for one blob before the registry is. */
const triedNodes = 2;
/** A node whose bytes were wrong is not asked again for this long, ms. */
const distrustMs = 600_000;

export interface PeersOptions {
  /** A connection only for peers: its user may publish nothing else. */
  readonly bus: Bus;
  readonly root: string;
  readonly keepBytes: number;
  readonly bytesPerSecond: number;
  /** How long a pull waits for nodes that have none of its blobs, which say nothing, ms; default 250. */
  readonly findMs?: number;
  /** Also what not everybody gets from its registry; default false. */
  readonly sharesPrivate?: boolean;
  /** A node that lets a question for a piece wait for longer is given up, ms; default 3000. */
  readonly silenceMs?: number;
  readonly log: Logger;
}

export interface PeerCounts {
  /** Bytes of blobs that other nodes sent, good or not. */
  fromPeers: number;
  fromRegistry: number;
  /** Bytes of blobs that were handed out. */
  toPeers: number;
  /** Blobs that nodes offered and that did not come whole. */
  failures: number;
}

/** Blobs shared with the other nodes of the site: kept and handed out here, asked for there. */
export class Peers {
  readonly counts: PeerCounts = { fromPeers: 0, fromRegistry: 0, toPeers: 0, failures: 0 };
  readonly kept: KeptBlobs;
  readonly #distrusted = new Map<string, number>();
  readonly #closing = new AbortController();

  private constructor(readonly options: PeersOptions) {
    this.kept = new KeptBlobs(options.root, options.keepBytes, options.sharesPrivate ? 'all' : 'open');
  }

  static async open(options: PeersOptions): Promise<Peers> {
    const peers = new Peers(options);
    await peers.kept.open();
    const { bus, bytesPerSecond, log } = options;
    const signal = peers.#closing.signal;
    const onSent = (bytes: number): void => void (peers.counts.toPeers += bytes);
    serveBlobs({ bus, kept: peers.kept, bytesPerSecond, log, signal, onSent });
    return peers;
  }

  /**
   * Asks the other nodes, once, for the blobs that a pull lacks, and takes each from a node that offers it; what does not
   * come whole from there comes from `registry`, which goes on with the bytes on disk.
   */
  before(registry: BlobSource, lacking: readonly Descriptor[], signal: AbortSignal): BlobSource {
    const { bus, log, findMs = usualFindMs } = this.options;
    const offers = findBlobs(bus, lacking, findMs, signal).catch((error: unknown): Offers => {
      log.warn({ err: error }, 'other nodes could not be asked for blobs');
      return new Map();
    });
    return {
      fetch: async (blob, fetch) => {
        const nodes = (await offers).get(blob.digest) ?? [];
        if (!(await this.#fetch(blob, nodes, fetch))) await registry.fetch(blob, fetch);
      },
    };
  }

  /** @returns whether the blob is in the file, whole and verified */
  async #fetch(blob: Descriptor, nodes: readonly string[], { path, signal, onProgress }: BlobFetch): Promise<boolean> {
    const { bus, log, bytesPerSecond, silenceMs = 3000 } = this.options;
    const trusted = nodes.filter((node) => (this.#distrusted.get(node) ?? 0) < performance.now()).slice(0, triedNodes);
    // A blob that several streams had begun has holes, which only the registry's client can fill.
    if (trusted.length === 0 || (await exists(`${path}.ranges`))) return false;
    for (const node of trusted) {
      try {
        const onBytes = (onDisk: number, count: number): void => {
          this.counts.fromPeers += count;
          onProgress(onDisk);
        };
        await readBlob({ bus, node, blob, path, bytesPerSecond, silenceMs, signal, onBytes });
        log.debug({ layer: blob.digest, peer: node }, 'blob came from another node');
        return true;
      } catch (error) {
        if (!(error instanceof PeerFault)) throw error;
        this.counts.failures++;
        if (error.lied) this.#distrusted.set(node, performance.now() + distrustMs);
        log[error.lied ? 'warn' : 'info'](
          { layer: blob.digest, peer: node, reason: error.message },
          'blob did not come from a peer',
        );
      }
    }
    return false;
  }

  /**
   * Whether other nodes may have a layer of this origin. Whoever knows its digest gets it then, so it must be what its
   * registry gives to everybody: no credentials were used. Nobody knows who may have the layers of an archive.
   */
  shares({ open, preloaded }: Pick<LayerOrigin, 'open' | 'preloaded'>): boolean {
    return this.options.sharesPrivate === true || (open && !preloaded);
  }

  /** A verified blob that this node has no more use for: keeps it for others, or removes it. */
  async keep(digest: string, path: string): Promise<void> {
    try {
      if (await this.kept.keep(digest, path)) return;
    } catch (error) {
      this.options.log.warn({ err: error, layer: digest }, 'a layer is not kept for other nodes');
    }
    await rm(path, { force: true });
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the puller ends'));
    await this.options.bus.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
