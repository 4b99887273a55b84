import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { hasCode, removeTreeSync } from '@slipway/linux';
import { parseDigest } from '@slipway/digest';
import type { LayerInfo } from './layer-info.js';
import { FileLock } from './lock.js';
import type { LayerOrigin } from './layer-info.js';
import type { StoreLayout } from './store-layout.js';
import type { UnpackedArchive } from '../unpack/unpack-archive.js';
import { hasFiles } from './whole.js';

/** The blob that a layer was made of. */
export interface CommittedBlob {
  readonly digest?: string | undefined;
  readonly size: number;
  readonly origin?: LayerOrigin | undefined;
}

/**
 * A layer's directory that is being filled; only its maker sees it until commit(). All calls are
 * synchronous, for unpack threads: each of them would cost the event loop more than the disk.
 */
export class Staging {
  /** Where the layer's files go. */
  readonly directory: string;
  #done = false;

  private constructor(
    readonly layout: StoreLayout,
    readonly diffID: string,
    readonly path: string,
    readonly lock: FileLock,
  ) {
    this.directory = join(path, 'fs');
  }

  /** A new directory to unpack `diffID` into. Its lock tells a sweep that somebody fills it. DISK_FULL */
  static open(layout: StoreLayout, diffID: string): Staging {
    parseDigest(diffID, 'IMAGE_INVALID');
    mkdirSync(layout.tmp, { recursive: true, mode: 0o700 });
    const path = join(layout.tmp, randomUUID());
    const lock = FileLock.trySync(`${path}.lock`);
    if (!lock) throw new SlipwayError('INTERNAL', `${path} belongs to someone else`);
    const staging = new Staging(layout, diffID, path, lock);
    try {
      mkdirSync(path, { mode: 0o700 });
      mkdirSync(staging.directory);
      chmodSync(staging.directory, 0o755);
      return staging;
    } catch (error) {
      staging.abort();
      throw diskError(error, path);
    }
  }

  /** Makes the layer visible by one rename, with its record. Where another was faster, theirs stays. DISK_FULL */
  commit(unpacked: UnpackedArchive, blob: CommittedBlob): LayerInfo {
    const { layout, diffID, path } = this;
    const home = layout.home(diffID);
    const info = this.#info(unpacked, blob);
    try {
      writeFileSync(join(path, 'layer.json'), JSON.stringify(info), { flag: 'wx', mode: 0o600 });
      mkdirSync(join(home, '..'), { recursive: true, mode: 0o700 });
    } catch (error) {
      throw diskError(error, path);
    }
    for (let attempt = 1; ; attempt++) {
      try {
        renameSync(path, home);
        break;
      } catch (error) {
        if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
        const winner = this.#standing();
        if (winner) return winner;
        if (attempt === 10) throw error;
        this.#clear(home);
      }
    }
    this.#done = true;
    this.lock.releaseSync();
    return info;
  }

  /** Throws it away; does nothing after commit(). */
  abort(): void {
    if (this.#done) return;
    this.#done = true;
    removeTreeSync(this.path);
    this.lock.releaseSync();
  }

  #info(unpacked: UnpackedArchive, blob: CommittedBlob): LayerInfo {
    const own = statSync(this.path);
    return {
      diffID: this.diffID,
      // Its own directory and its record come on top; the record is a block or a few.
      size: unpacked.bytes + own.blocks * 512 + 4096 * (1 + Math.floor(JSON.stringify(unpacked).length / 4096)),
      inodes: unpacked.inodes + 2,
      archiveSize: unpacked.archiveSize,
      ...(blob.digest === undefined ? {} : { blobDigest: blob.digest }),
      ...(blob.origin === undefined ? {} : { origin: blob.origin }),
      blobSize: blob.size,
      synced: false,
      bootID: this.layout.bootID,
      opaqueRoot: unpacked.opaqueRoot,
      impliedDirectories: unpacked.impliedDirectories,
      createdAt: Date.now(),
    };
  }

  /** The layer that is there already, where it is to be trusted. This directory goes then. */
  #standing(): LayerInfo | undefined {
    let record: string;
    try {
      record = readFileSync(this.layout.record(this.diffID), 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
    const winner = this.layout.read(this.diffID, record);
    if (!winner || !hasFiles(`${this.layout.home(this.diffID)}/fs`, winner)) return undefined;
    this.abort();
    return winner;
  }

  /** Moves what is not to be trusted out of the way and removes it. */
  #clear(home: string): void {
    const trash = join(this.layout.tmp, `trash-${randomUUID()}`);
    try {
      renameSync(home, trash);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw error;
    }
    removeTreeSync(trash);
  }
}

function diskError(error: unknown, path: string): unknown {
  if (isSlipwayError(error) || !hasCode(error, 'ENOSPC', 'EDQUOT')) return error;
  return new SlipwayError('DISK_FULL', `no room for ${path}: ${(error as Error).message}`, { cause: error });
}
