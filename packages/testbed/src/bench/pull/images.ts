import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type CompressedLayer, pushImage } from '../../push-image.js';
import { type LocalFile, shuffledFiles, takeFiles, withDirectories } from './local-files.js';

/** A set of images that is pulled as a whole, `atOnce` of them at a time. */
export interface PullCase {
  readonly name: string;
  readonly atOnce: number;
  /** repository:tag, without the registry. */
  readonly images: readonly string[];
  readonly layers: number;
  readonly entries: number;
  /** Bytes of the tar archives. */
  readonly bytes: number;
  /** Bytes of the blobs. */
  readonly blobBytes: number;
}

const seed = 20;
const megabyte = 1e6;

/** Makes the images of the benchmark of this machine's own files and pushes them. */
export async function makeImages(registry: { host: string }): Promise<PullCase[]> {
  const pool = shuffledFiles(seed);
  const big = takeFiles(pool, 33_000, 815 * megabyte);
  const cases = [
    await makeCase(registry, '1 layer', 1, [[big]]),
    await makeCase(registry, '20 layers', 1, [split(big, 20)]),
    await makeCase(
      registry,
      '40 small images, 8 at a time',
      8,
      Array.from({ length: 40 }, () => [
        takeFiles(pool, 150, 4 * megabyte),
        takeFiles(pool, 20, 0.4 * megabyte),
        takeFiles(pool, 1, 0.1 * megabyte),
      ]),
    ),
  ];
  return cases;
}

/** As makeImages, but what an earlier run left in `directory` with its registry's data is taken. */
export async function keptImages(registry: { host: string }, directory: string): Promise<PullCase[]> {
  const file = join(directory, 'images.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as PullCase[];
  const cases = await makeImages(registry);
  writeFileSync(file, JSON.stringify(cases));
  return cases;
}

async function makeCase(
  registry: { host: string },
  name: string,
  atOnce: number,
  images: readonly LocalFile[][][],
): Promise<PullCase> {
  const made = [];
  const all: (CompressedLayer & { entries: number; bytes: number })[] = [];
  for (const [at, layers] of images.entries()) {
    const compressed = [];
    for (const files of layers) compressed.push(await compress(files));
    const repository = `bench/${name.replace(/\W+/g, '-')}-${at}`;
    await pushImage({ registry, repository, tag: 'latest', layers: compressed });
    made.push(`${repository}:latest`);
    all.push(...compressed);
  }
  return {
    name,
    atOnce,
    images: made,
    layers: all.length,
    entries: all.reduce((sum, { entries }) => sum + entries, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    blobBytes: all.reduce((sum, { blob }) => sum + blob.length, 0),
  };
}

function split(files: readonly LocalFile[], parts: number): LocalFile[][] {
  const each = Math.ceil(files.length / parts);
  return Array.from({ length: parts }, (_, at) => files.slice(at * each, (at + 1) * each));
}

/** A layer as image tools write them: tar, and gzip at its default level. */
async function compress(files: readonly LocalFile[]): Promise<CompressedLayer & { entries: number; bytes: number }> {
  const names = withDirectories(files);
  const tar = spawn('tar', ['-C', '/', '--no-recursion', '--format=gnu', '--null', '-T', '-', '-cf', '-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gzip = spawn('pigz', ['-6', '-c'], { stdio: ['pipe', 'pipe', 'inherit'] });
  // Not 'exit': that may come before the last bytes of standard output do.
  const ended = Promise.all([once(tar, 'close'), once(gzip, 'close')]);
  tar.stdin.end(names.join('\0'));
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks: Buffer[] = [];
  gzip.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await pipeline(
    tar.stdout,
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    },
    gzip.stdin,
  );
  const [[tarCode], [gzipCode]] = (await ended) as [[number], [number]];
  if (tarCode !== 0 || gzipCode !== 0) throw new Error(`tar ended with ${tarCode}, pigz with ${gzipCode}`);
  return { diffID: `sha256:${hash.digest('hex')}`, blob: Buffer.concat(chunks), entries: names.length, bytes };
}
