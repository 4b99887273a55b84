import { SlipwayError } from '@slipway/errors';
import { defaultLimits, type LayerLimits } from '../store/layer-info.js';
import { PaxAttributes, type PaxKey, type PaxRecord, paxNumber, paxPath, paxTime } from './pax.js';
import {
  blockSize,
  checksumMatches,
  entryTypes,
  fieldNumber,
  fieldText,
  headerPath,
  invalid,
  isZeroBlock,
  printable,
  type SparseRegion,
  type TarEntry,
} from './tar-header.js';
import { checkedRegions, gnuRegions, listedRegions, SparseMapParser } from './tar-sparse.js';

/** The receiver of an archive's members, in archive order: entry, its data if any, entryEnd. */
export interface TarSink {
  entry(entry: TarEntry): void;
  /** `chunk` is valid during the call only; `offset` is where it belongs in the file (holes are left out). */
  data(chunk: Buffer, offset: number): void;
  entryEnd(): void;
}

type Limits = Pick<LayerLimits, 'maxBytes' | 'maxEntries' | 'maxPath' | 'maxExtended'>;
/** Bytes of what global headers say of all members; git's archives and GNU tar write some hundred. */
const maxGlobal = 64 * 1024;

type Step = 'header' | 'extended' | 'gnu-sparse' | 'sparse-map' | 'data' | 'end';

/**
 * A push parser for tar archives: V7, ustar, star's prefix, PAX (POSIX pax), GNU long names,
 * base-256 numbers and sparse files (old, and PAX 0.0, 0.1, 1.0). It keeps every byte of names
 * and extended attributes. Everything wrong with the archive is IMAGE_INVALID; a limit that it
 * passes is LIMIT_EXCEEDED.
 */
export class TarReader {
  readonly #sink: TarSink;
  readonly #limits: Limits;
  #step: Step = 'header';
  #zeroSeen = false;
  /** A block that came in pieces. */
  readonly #partial = Buffer.alloc(blockSize);
  #held = 0;
  /** Bytes of the current member's body that are still to come, and the filling after them. */
  #remaining = 0;
  #padding = 0;
  #extended: Buffer[] = [];
  #extendedType = '';
  /** Bytes of the extended headers since the last member: they may follow one another without one between them. */
  #extendedBytes = 0;
  readonly #globals = new PaxAttributes();
  #locals: PaxAttributes | undefined;
  #longPath: string | undefined;
  #longLink: string | undefined;
  #pending: Omit<TarEntry, 'sparse'> | undefined;
  #regions: SparseRegion[] = [];
  #map: SparseMapParser | undefined;
  #region = 0;
  #regionDone = 0;
  #plainOffset = 0;
  #sparse = false;
  #open: string | undefined;
  #bytes = 0;
  #entries = 0;

  constructor(sink: TarSink, limits: Partial<Limits> = {}) {
    this.#sink = sink;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Members seen so far. */
  get entries(): number {
    return this.#entries;
  }

  /** Takes the archive's next bytes, in pieces of any length. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const left = chunk.length - at;
      if (this.#step === 'end') return;
      if (this.#step === 'data' || this.#step === 'extended') {
        if (this.#remaining > 0) {
          const take = Math.min(this.#remaining, left);
          const piece = chunk.subarray(at, at + take);
          if (this.#step === 'data') this.#emit(piece);
          else this.#extended.push(Buffer.from(piece));
          this.#remaining -= take;
          at += take;
        } else {
          const take = Math.min(this.#padding, left);
          this.#padding -= take;
          at += take;
        }
        if (this.#remaining === 0 && this.#padding === 0) this.#bodyEnd();
        continue;
      }
      if (this.#held === 0 && left >= blockSize) {
        this.#block(chunk.subarray(at, at + blockSize));
        at += blockSize;
        continue;
      }
      const take = Math.min(blockSize - this.#held, left);
      chunk.copy(this.#partial, this.#held, at, at + take);
      this.#held += take;
      at += take;
      if (this.#held === blockSize) {
        this.#held = 0;
        this.#block(this.#partial);
      }
    }
  }

  /**
   * The archive's bytes are over. Its end mark (two blocks of zeros) may be missing, as with
   * Go's reader; an end inside a member is IMAGE_INVALID.
   */
  end(): void {
    if (this.#step === 'end') return;
    if (this.#step === 'data' && this.#remaining === 0) {
      // Only the filling after the last member is missing.
      this.#padding = 0;
      this.#bodyEnd();
    }
    if (this.#step !== 'header' || this.#held !== 0) {
      const where = this.#open === undefined ? 'in a header' : `inside ${printable(this.#open)}`;
      throw invalid(`tar: the archive ends ${where}: it is cut off`);
    }
    if (this.#locals || this.#longPath !== undefined || this.#longLink !== undefined) {
      throw invalid('tar: the archive ends after an extended header: it is cut off');
    }
  }

  #block(block: Buffer): void {
    if (this.#step === 'gnu-sparse') {
      this.#regions.push(...gnuRegions(block, 0, 21));
      this.#checkExtended(blockSize);
      if (block[504] === 0) this.#start();
    } else if (this.#step === 'sparse-map') {
      this.#checkExtended(blockSize);
      this.#remaining -= blockSize;
      if (this.#remaining < 0) throw invalid('tar: a sparse map is longer than its member');
      const map = this.#map as SparseMapParser;
      if (map.push(block)) {
        this.#regions = map.regions;
        this.#map = undefined;
        this.#start();
      }
    } else {
      this.#header(block);
    }
  }

  #header(block: Buffer): void {
    if (isZeroBlock(block)) {
      if (this.#zeroSeen) this.#step = 'end';
      this.#zeroSeen = true;
      return;
    }
    if (this.#zeroSeen) throw invalid('tar: a header follows a block of zeros');
    if (!checksumMatches(block)) {
      throw invalid(
        this.#entries === 0
          ? 'tar: the first header has a wrong checksum: this is no tar archive, or a damaged one'
          : `tar: wrong checksum in the header after ${this.#entries} entries: the archive is damaged`,
      );
    }
    const type = String.fromCharCode(block[156] as number);
    const size = fieldNumber(block, 124, 12, 'size');
    if (size < 0) throw invalid('tar header: negative size');
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      this.#checkExtended(size);
      this.#step = 'extended';
      this.#extended = [];
      this.#extendedType = type;
      this.#body(size);
      if (size === 0) this.#bodyEnd();
      return;
    }
    this.#member(block, type, size);
  }

  /** A member's own header: puts it together with the extended headers before it. */
  #member(block: Buffer, flag: string, headerSize: number): void {
    const locals = this.#locals;
    const text = (key: PaxKey): PaxRecord | undefined => {
      const record = locals?.get(key) ?? this.#globals.get(key);
      return record !== undefined && record.value.length > 0 ? record : undefined;
    };
    const number = (key: PaxKey, fallback: () => number): number => {
      const record = text(key);
      return record === undefined ? fallback() : paxNumber(record);
    };
    const path = (key: PaxKey): string | undefined => {
      const record = text(key);
      return record === undefined ? undefined : paxPath(record);
    };

    let type = entryTypes[flag];
    const name = path('GNU.sparse.name') ?? path('path') ?? this.#longPath ?? headerPath(block);
    if (flag === 'V') {
      // A volume label names the archive, not a file.
      this.#forget();
      this.#skip(headerSize);
      return;
    }
    if (type === undefined) {
      throw new SlipwayError('IMAGE_UNSUPPORTED', `tar: ${printable(name)} has the unknown type ${printable(flag)}`, {
        hint: 'build the layer with a tool that writes ustar, PAX or GNU archives',
      });
    }
    // Before ustar a directory was a file whose name ends in a slash.
    if (flag === '\0' && name.endsWith('/')) type = 'directory';
    const link = type === 'hardlink' || type === 'symlink';
    const linkPath = link ? (path('linkpath') ?? this.#longLink ?? fieldText(block, 157, 100)) : '';
    if (name === '') throw invalid('tar: an entry without a name');
    if (link && linkPath === '') throw invalid(`tar: ${printable(name)} is a link without a target`);
    this.#checkPath(name);
    // A symbolic link's text is no path to open here: the kernel's own bound holds.
    this.#checkPath(linkPath, type === 'symlink' ? 4095 : this.#limits.maxPath);

    const hasBody = flag === '\0' || flag === '0' || flag === '7' || flag === 'S';
    const stored = hasBody ? number('size', () => headerSize) : 0;
    this.#bytes += stored;
    if (this.#bytes > this.#limits.maxBytes) {
      throw limit(`files of more than ${this.#limits.maxBytes} bytes, with ${printable(name)}`, 'maxBytes');
    }
    this.#entries++;
    if (this.#entries > this.#limits.maxEntries)
      throw limit(`more than ${this.#limits.maxEntries} entries`, 'maxEntries');

    const time = text('mtime');
    const device = type === 'char' || type === 'block';
    this.#pending = {
      type,
      path: name,
      linkPath,
      mode: fieldNumber(block, 100, 8, 'mode') & 0o7777,
      uid: owner(
        number('uid', () => fieldNumber(block, 108, 8, 'uid')),
        name,
      ),
      gid: owner(
        number('gid', () => fieldNumber(block, 116, 8, 'gid')),
        name,
      ),
      mtime: time ? paxTime(time) : { seconds: fieldNumber(block, 136, 12, 'mtime'), nanoseconds: 0 },
      size: type === 'file' ? stored : 0,
      devMajor: device ? number('SCHILY.devmajor', () => fieldNumber(block, 329, 8, 'devmajor')) : 0,
      devMinor: device ? number('SCHILY.devminor', () => fieldNumber(block, 337, 8, 'devminor')) : 0,
      xattrs: locals?.xattrs ?? noXattrs,
    };
    this.#open = name;
    this.#body(stored);
    this.#sparse = false;
    this.#regions = [];
    if (flag === 'S') {
      this.#sparseMember(fieldNumber(block, 483, 12, 'sparse size'));
      this.#regions = gnuRegions(block, 386, 4);
      if (block[482] !== 0) {
        this.#step = 'gnu-sparse';
        return;
      }
    } else if (type === 'file' && (text('GNU.sparse.major') ?? text('GNU.sparse.size'))) {
      const major = number('GNU.sparse.major', () => 0);
      if (major > 1) throw invalid(`tar: unknown sparse format ${major} of ${printable(name)}`);
      this.#sparseMember(number('GNU.sparse.realsize', () => number('GNU.sparse.size', () => stored)));
      if (major === 1) {
        this.#map = new SparseMapParser();
        this.#step = 'sparse-map';
        if (stored === 0) throw invalid(`tar: ${printable(name)} has no sparse map`);
        return;
      }
      const list = text('GNU.sparse.map');
      this.#regions = list ? listedRegions(list.value.toString('latin1')) : (locals?.regions ?? []);
    }
    this.#start();
  }

  #sparseMember(size: number): void {
    if (size < 0) throw invalid('tar: negative size of a sparse file');
    this.#sparse = true;
    this.#pending = { ...(this.#pending as Omit<TarEntry, 'sparse'>), size };
  }

  /** The member's headers are whole: hands it on. */
  #start(): void {
    const entry = this.#pending as Omit<TarEntry, 'sparse'>;
    this.#pending = undefined;
    this.#forget();
    if (this.#sparse) this.#regions = checkedRegions(this.#regions, entry.size, this.#remaining);
    this.#region = 0;
    this.#regionDone = 0;
    this.#plainOffset = 0;
    this.#sink.entry({ ...entry, sparse: this.#sparse ? this.#regions : undefined });
    this.#step = 'data';
    if (this.#remaining === 0 && this.#padding === 0) this.#bodyEnd();
  }

  #emit(piece: Buffer): void {
    if (this.#open === undefined) return;
    if (!this.#sparse) {
      this.#sink.data(piece, this.#plainOffset);
      this.#plainOffset += piece.length;
      return;
    }
    let at = 0;
    while (at < piece.length) {
      const region = this.#regions[this.#region] as SparseRegion;
      const take = Math.min(piece.length - at, region.length - this.#regionDone);
      this.#sink.data(piece.subarray(at, at + take), region.offset + this.#regionDone);
      at += take;
      this.#regionDone += take;
      if (this.#regionDone === region.length) {
        this.#region++;
        this.#regionDone = 0;
      }
    }
  }

  #bodyEnd(): void {
    const step = this.#step;
    this.#step = 'header';
    if (step === 'extended') {
      this.#extendedEnd(this.#extended.length === 1 ? (this.#extended[0] as Buffer) : Buffer.concat(this.#extended));
    } else if (this.#open !== undefined) {
      this.#open = undefined;
      this.#sink.entryEnd();
    }
  }

  #extendedEnd(data: Buffer): void {
    this.#extended = [];
    if (this.#extendedType === 'x') {
      this.#locals ??= new PaxAttributes();
      this.#locals.add(data);
    } else if (this.#extendedType === 'g') {
      this.#globals.addGlobal(data);
      if (this.#globals.bytes > maxGlobal) throw limit(`more than ${maxGlobal} bytes of global records`, 'maxExtended');
    } else {
      const end = data.indexOf(0);
      const name = data.toString('latin1', 0, end < 0 ? data.length : end);
      this.#checkPath(name, 4095);
      if (this.#extendedType === 'L') this.#longPath = name;
      else this.#longLink = name;
    }
  }

  #body(size: number): void {
    this.#remaining = size;
    this.#padding = (blockSize - (size % blockSize)) % blockSize;
  }

  #skip(size: number): void {
    this.#open = undefined;
    this.#step = 'data';
    this.#sparse = false;
    this.#body(size);
    if (size === 0) this.#step = 'header';
  }

  #forget(): void {
    this.#locals = undefined;
    this.#extendedBytes = 0;
    this.#longPath = undefined;
    this.#longLink = undefined;
  }

  #checkPath(path: string, most = this.#limits.maxPath): void {
    if (path.length > most) {
      throw limit(`a path of ${path.length} bytes, ${printable(path)}`, 'maxPath');
    }
  }

  /** Counts bytes that are kept until the member comes. */
  #checkExtended(size: number): void {
    this.#extendedBytes += size;
    if (this.#extendedBytes > this.#limits.maxExtended)
      throw limit(`extended headers of ${this.#extendedBytes} bytes for one entry`, 'maxExtended');
  }
}

const noXattrs: ReadonlyMap<string, Buffer> = new Map();

function owner(id: number, path: string): number {
  // 2^32 - 1 is "leave as it is" to chown(2).
  if (id < 0 || id >= 0xffffffff) throw invalid(`tar: ${printable(path)} has the impossible owner ${id}`);
  return id;
}

function limit(what: string, name: keyof LayerLimits): SlipwayError {
  return new SlipwayError('LIMIT_EXCEEDED', `tar: the archive holds ${what} (limit ${name})`);
}
