import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { LayerExtractor, TarReader } from '@slipway/layers';
import type { Fuzzer } from '../fuzzer.js';
import type { Random } from '../random.js';

const block = 512;
const limits = { maxBytes: 64 << 20, maxEntries: 5000, maxExtended: 1 << 20 };
/** The only answers to an archive that is not unpacked: its own fault, a limit, or what the disk cannot take. */
const allowed = new Set(['IMAGE_INVALID', 'LIMIT_EXCEEDED', 'IMAGE_UNSUPPORTED', 'DISK_FULL']);

/** Layers that GNU tar made of a tree with every kind of entry, and that were changed afterwards. */
export const tar: Fuzzer = {
  name: 'tar',
  open: () => {
    const work = mkdtempSync(join(tmpdir(), 'sw-hostile-'));
    const archives = makeArchives(join(work, 'source'));
    const outside = join(work, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'file'), 'untouched');
    let count = 0;
    return Promise.resolve({
      // oxlint-disable-next-line require-await
      tryOne: async (random) => {
        const root = join(work, `root-${count++}`);
        mkdirSync(root);
        try {
          unpack(root, random.pieces(hostileArchive(random, random.pick(archives))));
          assert.deepEqual(readdirSync(outside), ['file'], 'a layer was unpacked beside its directory');
        } finally {
          rmSync(root, { recursive: true });
        }
      },
      close: () => Promise.resolve(rmSync(work, { recursive: true })),
    });
  },
};

function unpack(root: string, pieces: readonly Buffer[]): void {
  const fd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  const extractor = new LayerExtractor(fd, limits);
  try {
    const reader = new TarReader(extractor, limits);
    for (const piece of pieces) reader.push(piece);
    reader.end();
    extractor.finish();
  } catch (error) {
    if (!(error instanceof SlipwayError) || !allowed.has(error.code)) throw error;
  } finally {
    extractor.close();
    closeSync(fd);
  }
}

/** Changed anywhere; mostly with right checksums after that, so that the reader gets past them. */
function hostileArchive(random: Random, archive: Buffer): Buffer {
  const changed = Buffer.from(random.mutate(archive));
  for (let change = random.int(4); change > 0; change--) {
    const at = block * random.int(Math.max(1, Math.floor(changed.length / block)));
    // Somewhere in a name, a mode, an owner, a size, a type or a link (POSIX pax, "ustar Interchange Format").
    const field = random.pick([0, 100, 108, 124, 125, 156, 157, 257, 345]);
    if (at + block <= changed.length) random.bytes(1 + random.int(8)).copy(changed, at + field);
  }
  if (random.int(8) > 0) for (let at = 0; at + block <= changed.length; at += block) writeChecksum(changed, at);
  return changed;
}

/** Only where a header is likely, because its magic is there. */
function writeChecksum(archive: Buffer, at: number): void {
  if (archive.toString('latin1', at + 257, at + 262) !== 'ustar') return;
  archive.fill(' ', at + 148, at + 156);
  let sum = 0;
  for (let byte = at; byte < at + block; byte++) sum += archive[byte] as number;
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
}

function makeArchives(tree: string): Buffer[] {
  mkdirSync(join(tree, 'd/e'), { recursive: true });
  writeFileSync(join(tree, 'd/file'), 'text '.repeat(300));
  writeFileSync(join(tree, 'd/.wh.gone'), '');
  writeFileSync(join(tree, 'd/e/.wh..wh..opq'), '');
  writeFileSync(join(tree, `d/${'long'.repeat(50)}`), 'x');
  writeFileSync(join(tree, 'sparse'), 'begin');
  truncateSync(join(tree, 'sparse'), 1 << 20);
  linkSync(join(tree, 'd/file'), join(tree, 'hard'));
  symlinkSync('../../outside', join(tree, 'out'));
  symlinkSync('d', join(tree, 'in'));
  execFileSync('mkfifo', [join(tree, 'fifo')]);
  execFileSync('mknod', [join(tree, 'device'), 'c', '1', '3']);
  const kinds = [['--format=pax'], ['--format=gnu'], ['--format=ustar'], ['--format=pax', '--sparse', '--xattrs']];
  return kinds.map((words) =>
    // A name of 200 bytes does not fit into ustar's fields: tar leaves it out and says so by its code.
    execFileSync('sh', ['-c', 'tar "$@" -c . 2>/dev/null || [ $? -le 2 ]', 'tar', ...words], {
      cwd: tree,
      maxBuffer: 64 << 20,
    }),
  );
}
