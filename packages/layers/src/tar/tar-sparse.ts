import { fieldNumber, invalid, type SparseRegion } from './tar-header.js';

/** A sparse map cannot have more regions than this; GNU tar's own files have a few thousand at most. */
const maxRegions = 1_000_000;

/** Checks order, overlap and bounds; drops the empty region that GNU tar writes to state the file's end. */
export function checkedRegions(regions: SparseRegion[], size: number, stored: number): SparseRegion[] {
  let end = 0;
  let sum = 0;
  for (const { offset, length } of regions) {
    if (offset < end || offset + length > size || !Number.isSafeInteger(offset + length)) {
      throw invalid('tar: the regions of a sparse file overlap or pass its end');
    }
    end = offset + length;
    sum += length;
  }
  if (sum !== stored) throw invalid(`tar: a sparse file's regions hold ${sum} bytes, the archive ${stored}`);
  return regions.filter((region) => region.length > 0);
}

/** The regions in an old GNU header (4 of them at 386) or in one of its extension blocks (21 at 0). */
export function gnuRegions(block: Buffer, at: number, count: number): SparseRegion[] {
  const regions: SparseRegion[] = [];
  for (let i = 0; i < count; i++) {
    const field = at + i * 24;
    // An unused slot is all zeros; a region that states the end has digits in both fields.
    if (block[field + 12] === 0) break;
    regions.push({
      offset: positive(fieldNumber(block, field, 12, 'sparse offset')),
      length: positive(fieldNumber(block, field + 12, 12, 'sparse length')),
    });
  }
  return regions;
}

/** GNU.sparse 0.1: "offset,length,offset,length…" in one record. */
export function listedRegions(map: string): SparseRegion[] {
  if (map === '') return [];
  const numbers = map.split(',').map(decimal);
  if (numbers.length % 2 !== 0 || numbers.length > 2 * maxRegions) throw invalid('tar: malformed sparse map');
  const regions: SparseRegion[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    regions.push({ offset: numbers[i] as number, length: numbers[i + 1] as number });
  }
  return regions;
}

/** GNU.sparse 1.0: the map precedes the data as decimal lines: the count, then offset and length of each. */
export class SparseMapParser {
  #digits = '';
  #numbers: number[] = [];

  /** Takes the next 512 bytes; true when the map is whole (the rest of the block is filling). */
  push(block: Buffer): boolean {
    for (const byte of block) {
      if (byte !== 0x0a) {
        this.#digits += String.fromCharCode(byte);
        if (this.#digits.length > 20) throw invalid('tar: malformed sparse map');
        continue;
      }
      this.#numbers.push(decimal(this.#digits));
      this.#digits = '';
      const count = this.#numbers[0] as number;
      if (count > maxRegions) throw invalid(`tar: a sparse map of ${count} regions`);
      if (this.#numbers.length === 1 + 2 * count) return true;
    }
    return false;
  }

  get regions(): SparseRegion[] {
    const regions: SparseRegion[] = [];
    for (let i = 1; i + 1 < this.#numbers.length; i += 2) {
      regions.push({ offset: this.#numbers[i] as number, length: this.#numbers[i + 1] as number });
    }
    return regions;
  }
}

function decimal(text: string): number {
  const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw invalid('tar: malformed sparse map');
  return number;
}

function positive(number: number): number {
  if (number < 0) throw invalid('tar: negative number in a sparse map');
  return number;
}
