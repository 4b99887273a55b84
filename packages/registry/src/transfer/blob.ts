import { setTimeout as delay } from 'node:timers/promises';
import { SlipwayError, toSlipwayError } from '@slipway/errors';
import { Limit } from '@slipway/time';
import { askInOrder } from '../hosts/ask-in-order.js';
import { HostFault } from '../fault.js';
import type { Descriptor } from '../manifest/manifest.js';
import type { DownloadedBlob, DownloadOptions } from '../options.js';
import { PartialFile } from './partial-file.js';
import { type Piece, RangeRefused, StalledFault, type StreamContext, streamPiece, type Ways } from './piece.js';
import { canonicalString } from '../reference.js';
import type { Requester, Target } from './requester.js';
import { mayRetry, pauseMs } from './retry.js';
import { parseUrl } from '../url.js';
import type { FlowLimits } from './watch.js';

const defaultParallel = 4;
const defaultPieceBytes = 16 * 1024 * 1024;
/** However much progress each try makes, a blob is not worth more of them. */
const maxFailures = 1000;
/** Places outside of registries that are tried for one blob. */
const maxUrls = 4;

/** A blob that is transferred from one of several hosts into a file. */
export class BlobDownload {
  readonly #object: string;
  readonly #limits: FlowLimits;
  readonly #abort = new AbortController();
  readonly #served = new Set<Target>();
  #fetched = 0;
  #failures = 0;

  constructor(
    readonly requester: Requester,
    readonly targets: readonly Target[],
    readonly descriptor: Descriptor,
    readonly options: DownloadOptions,
  ) {
    this.#object = `image ${canonicalString(options.reference)}`;
    const { flow } = requester.transport;
    this.#limits = {
      noProgressMs: options.noProgressMs ?? flow.noProgressMs,
      minBytesPerSecond: options.minBytesPerSecond ?? flow.minBytesPerSecond,
    };
  }

  /** Fetches, verifies and closes the file. A file whose bytes proved wrong is removed; any other is kept. */
  async run(): Promise<DownloadedBlob> {
    const { signal, ceilingMs, path } = this.options;
    signal?.throwIfAborted();
    const follow = () => this.#abort.abort(signal?.reason);
    signal?.addEventListener('abort', follow);
    const ceiling = ceilingMs === undefined ? undefined : setTimeout(() => this.#overdue(ceilingMs), ceilingMs);
    try {
      const file = await PartialFile.open(path, this.descriptor.size, this.descriptor.digest);
      let wrong = false;
      this.#tell(file);
      try {
        return await this.#fromTargets(file);
      } catch (error) {
        wrong = error instanceof SlipwayError && error.code === 'DIGEST_MISMATCH';
        throw error;
      } finally {
        await (wrong ? file.remove() : file.close());
      }
    } catch (error) {
      if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
      throw toSlipwayError(error, 'INTERNAL', { object: this.#object });
    } finally {
      clearTimeout(ceiling);
      signal?.removeEventListener('abort', follow);
      this.#abort.abort();
    }
  }

  #tell({ total: bytes, front }: PartialFile): void {
    this.options.onProgress?.({ bytes, front, total: this.descriptor.size });
  }

  #overdue(ceilingMs: number): void {
    const { digest, size } = this.descriptor;
    const text = `layer ${digest} of ${size} bytes: ${this.#fetched} bytes came within the ${ceilingMs} ms allowed`;
    this.#abort.abort(new SlipwayError('DEADLINE', text, { object: this.#object }));
  }

  async #fromTargets(file: PartialFile): Promise<DownloadedBlob> {
    const { digest, size } = this.descriptor;
    const { requester } = this;
    return askInOrder(
      {
        requester,
        targets: [...this.targets, ...this.#elsewhere()],
        capability: 'pull',
        object: this.#object,
        what: `layer ${digest}`,
        signal: this.#abort.signal,
        onFault: ({ host, message: reason }, attempt) => this.options.onRetry?.({ host, attempt, delayMs: 0, reason }),
      },
      async (target, onlyHost) => {
        try {
          await this.#fromTarget(file, target, onlyHost);
        } catch (error) {
          if (!(error instanceof HostFault)) throw error;
          if (error.kind === 'digest') await file.reset();
          // The only host had all its tries; a host among several that served bytes may be restarting.
          throw error.withRetryable(!onlyHost && (error.retryable || this.#mayReturn(error, target)));
        }
        return { digest, size, fetched: this.#fetched, host: requester.nameOf(target) };
      },
    );
  }

  /** A host that served bytes a moment ago and is gone now may be restarting. */
  #mayReturn(fault: HostFault, target: Target): boolean {
    return fault.kind === 'unavailable' && this.#served.has(target);
  }

  /** Where the descriptor says that the blob lies outside of registries: Windows' and other foreign layers are there. */
  #elsewhere(): Target[] {
    const [first] = this.targets;
    if (!first) return [];
    const secure = first.host.origin.startsWith('https:') && !first.host.maybePlain;
    return (this.descriptor.urls ?? []).slice(0, maxUrls).flatMap((text) => {
      const url = parseUrl(text);
      if (!url || (url.protocol !== 'https:' && (url.protocol !== 'http:' || secure))) return [];
      return [{ ...first, credentials: undefined, url }];
    });
  }

  /**
   * Everything from one host. Bytes that were there before are suspect when the digest is wrong, and so is a body that
   * the host says it compressed: then once more from the beginning, without either.
   */
  async #fromTarget(file: PartialFile, target: Target, onlyHost: boolean): Promise<void> {
    const { digest, size } = this.descriptor;
    const ways: Ways = { ranges: true, decode: true, decoded: false };
    for (;;) {
      const inherited = file.total > 0;
      try {
        await this.#fetchMissing(file, target, ways, onlyHost);
        const actual = await file.digest(this.#abort.signal);
        if (actual === digest) return;
        throw new HostFault(
          'digest',
          this.requester.nameOf(target),
          `layer ${digest}: the ${size} bytes have the digest ${actual}`,
        );
      } catch (error) {
        if (error instanceof RangeRefused && ways.ranges) ways.ranges = false;
        else if (!(error instanceof HostFault) || error.kind !== 'digest') throw error;
        else if (ways.decode && ways.decoded) ways.decode = false;
        else if (!inherited) throw error;
        await file.reset();
      }
    }
  }

  async #fetchMissing(file: PartialFile, target: Target, ways: Ways, onlyHost: boolean): Promise<void> {
    const queue = this.#pieces(file, ways);
    if (queue.length === 0) return;
    const first = queue.shift() as Piece;
    const stop = new AbortController();
    using limit = new Limit({ signals: [this.#abort.signal, stop.signal] });
    let tellRanges: (served: boolean) => void = ignore;
    const rangesKnown = new Promise<boolean>((resolve) => {
      tellRanges = resolve;
    });
    const context: StreamContext = {
      requester: this.requester,
      target,
      descriptor: this.descriptor,
      file,
      limits: this.#limits,
      ways,
      signal: limit.signal,
      onBytes: (count) => {
        this.#fetched += count;
        this.#served.add(target);
      },
      onWritten: () => this.#tell(file),
      onRanges: (served) => {
        if (!served) queue.length = 0;
        tellRanges(served);
      },
    };
    const work = async (leader?: Piece) => {
      for (let piece = leader ?? queue.shift(); piece; piece = queue.shift())
        await this.#withRetries(context, piece, onlyHost);
    };
    const guarded = (running: Promise<void>) =>
      running.catch((error: unknown) => {
        stop.abort(error);
        throw error;
      });
    // The first answer tells whether the host serves ranges; only then do others begin.
    const leader = guarded(work(first).finally(() => tellRanges(false)));
    const others = rangesKnown.then(async (supported) => {
      if (!supported || queue.length === 0) return;
      await file.allowHoles();
      const count = Math.min(queue.length, this.#parallel() - 1);
      const results = await Promise.allSettled(Array.from({ length: count }, () => guarded(work())));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    });
    const results = await Promise.allSettled([leader, others]);
    this.#abort.signal.throwIfAborted();
    // The first fault stopped the other streams: it is the reason, whatever they said then.
    if (stop.signal.aborted) throw stop.signal.reason;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #parallel(): number {
    return Math.max(1, this.options.ranges?.parallel ?? defaultParallel);
  }

  /** The missing ranges, cut into pieces where several streams are worth while. */
  #pieces(file: PartialFile, { ranges }: Ways): Piece[] {
    if (!ranges) return file.complete ? [] : [{ start: 0, end: this.descriptor.size }];
    const pieceBytes = Math.max(1, this.options.ranges?.pieceBytes ?? defaultPieceBytes);
    const missing = file.missing();
    const left = missing.reduce((sum, [start, end]) => sum + end - start, 0);
    if (this.#parallel() === 1 || left < 2 * pieceBytes) return missing.map(([start, end]) => ({ start, end }));
    return missing.flatMap(([start, end]) => {
      const pieces: Piece[] = [];
      for (let at = start; at < end; at += pieceBytes) pieces.push({ start: at, end: Math.min(end, at + pieceBytes) });
      return pieces;
    });
  }

  /** A piece, retried as long as each try gains bytes; a host that is not the only one gets no retry without progress. */
  async #withRetries(context: StreamContext, piece: Piece, onlyHost: boolean): Promise<void> {
    const { policy } = this.requester;
    for (let attempt = 1; ; attempt++) {
      const before = piece.start;
      try {
        return await streamPiece(context, piece);
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof HostFault)) throw error;
        const progress = piece.start > before && !(error instanceof StalledFault);
        if (!onlyHost && !progress) throw error;
        if (progress) attempt = 1;
        const known = error.retryable || this.#mayReturn(error, context.target);
        if (++this.#failures > maxFailures || !mayRetry(attempt, policy, error, known)) throw error;
        const delayMs = Math.round(pauseMs(attempt, policy, error));
        this.options.onRetry?.({ host: error.host, attempt, delayMs, reason: error.message });
        await delay(delayMs, undefined, { signal: context.signal });
      }
    }
  }
}

function ignore(): void {}
