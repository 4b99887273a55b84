import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '@slipway/config';
import type { Puller as PullerService, PullProgress } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { LayerStore, Unpacker } from '@slipway/layers';
import type { Records } from '@slipway/records';
import { DockerConfigFile, RegistryClient } from '@slipway/registry';
import { FairLimiter, type StageOptions } from '@slipway/stage';
import type { Logger } from '@slipway/telemetry';
import { collectGarbage } from './garbage/collect-garbage.js';
import { Downloads } from './pull/downloads.js';
import { explainImage } from './image/explain-image.js';
import { reportGarbage } from './garbage/garbage-report.js';
import { imageFsInfo } from './image/image-fs-info.js';
import { inspectImage } from './image/inspect-image.js';
import { verifyImage } from './image/verify-image.js';
import { Leases } from './garbage/leases.js';
import { loadImages } from './image/load-images.js';
import { LoopWatch } from './loop-watch.js';
import { removeUnneededBlobs } from './peers/kept-garbage.js';
import type { Peers } from './peers/peers.js';
import { pullImage } from './pull/pull-image.js';
import { PullStats } from './pull/pull-stats.js';
import { removeImage } from './image/remove-image.js';
import { sweep } from './garbage/sweep.js';
import { WritableUsage } from './garbage/usage.js';
import type { PullerParts } from './parts.js';

export interface PullerOptions {
  readonly settings: Pick<Settings, 'root' | 'images'>;
  readonly records: Records;
  readonly log: Logger;
  /** Hears of the progress of all pulls. */
  readonly publish?: ((progress: PullProgress) => void) | undefined;
  /** The other nodes of the site; left out, no blob is shared. Closed with the puller. */
  readonly peers?: Peers | undefined;
  /** How long the layers of a failed pull wait for a retry, milliseconds. */
  readonly graceMs?: number | undefined;
}

export interface Puller {
  readonly parts: PullerParts;
  readonly loopWatch: LoopWatch;
  readonly handlers: StageOptions<typeof PullerService>['handlers'];
  /** Cleans up after earlier processes at the start, beside the first calls. Never rejects. */
  readonly swept: Promise<void>;
  /** Cancels what runs. */
  close(): Promise<void>;
}

const garbageIntervalMs = 300_000;
/** Layers of one registry that are unpacked concurrently, where there are as many cores. */
const mostUnpackers = 4;
/** How long a registry may take to begin an answer, ms. */
const longestHeadersMs = 30_000;

/** A puller on the stores below `settings.root`, which it may share with others. */
export async function openPuller(options: PullerOptions): Promise<Puller> {
  const { records, log } = options;
  const { root, images } = options.settings;
  const layersDirectory = join(root, 'layers');
  const bundlesDirectory = join(root, 'bundles');
  for (const directory of [layersDirectory, bundlesDirectory]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  const closing = new AbortController();
  const registry = new RegistryClient({
    hostsDirs: images.registryDirs,
    credentialSource: new DockerConfigFile(images.authFile),
    noProgressMs: images.noProgressMs,
    minBytesPerSecond: images.minBytesPerSecond,
    headersTimeoutMs: Math.min(longestHeadersMs, images.noProgressMs),
  });
  const loopWatch = new LoopWatch();
  const unpackers = Math.min(mostUnpackers, availableParallelism());
  const parts: PullerParts = {
    root,
    layersDirectory,
    bundlesDirectory,
    records,
    log,
    registry,
    stats: new PullStats(),
    store: new LayerStore(root),
    // As many again where one registry's layers hold all: see FairLimiter.
    unpacker: new Unpacker({ parallel: 2 * unpackers }),
    downloads: new Downloads(root),
    leases: new Leases(root, options.graceMs),
    writable: new WritableUsage(bundlesDirectory, log, closing.signal),
    verify: {
      registry,
      policyFile: images.signaturePolicy,
      verifiers: {
        directory: images.verifierDir,
        max: images.maxVerifiers,
        timeoutMs: images.verifierTimeoutMs,
      },
    },
    peers: options.peers,
    fetching: new FairLimiter({ limit: images.parallel }),
    unpacking: new FairLimiter({ limit: unpackers }),
    transfer: images,
    pinned: images.pinned,
    closing: closing.signal,
    publish: (progress) => options.publish?.(progress),
  };
  await parts.downloads.open();
  await parts.leases.openDirectory();
  const swept = sweep(parts).catch((error: unknown) => log.error({ err: error }, 'the image store was not swept'));
  const timer = setInterval(() => {
    removeUnneededBlobs(parts).catch((error: unknown) => {
      log.warn({ err: error }, 'blobs that are kept for other nodes were not looked through');
    });
    collectGarbage(parts).then(
      (layers) => {
        if (layers.length > 0) log.info({ layers: layers.length }, 'layers that nothing needs were removed');
      },
      (error: unknown) => log.warn({ err: error }, 'garbage collection failed; it is tried again'),
    );
  }, garbageIntervalMs).unref();
  return {
    parts,
    swept,
    loopWatch,
    handlers: {
      pullImage: (request, context) => loopWatch.during(() => pullImage(parts, request, context)),
      removeImage: (request, context) => removeImage(parts, request, context),
      imageFsInfo: () => imageFsInfo(parts),
      loadImages: (request, context) => loadImages(parts, request, context),
      explainImage: (request, context) => explainImage(parts, request, context),
      inspectImage: (request) => inspectImage(parts, request),
      verifyImage: (request, context) => verifyImage(parts, request, context),
      collectGarbage: (request, context) => reportGarbage(parts, request, context.signal),
    },
    close: async () => {
      clearInterval(timer);
      closing.abort(new SlipwayError('CANCELLED', 'the puller ends; another one goes on with the bytes on disk'));
      await parts.peers?.close();
      await parts.unpacker.close();
      await parts.registry.close();
      // The last pull is on the disk before this process ends.
      await parts.store.settled().catch((error: unknown) => log.warn({ err: error }, 'layers are not synced'));
      await swept;
    },
  };
}
