import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type compressions, makeDeb } from './deb.js';
import { type Architecture, architectures } from './node-release.js';
import { makeInstallerImage } from './oci-image.js';
import { clone, run } from './run.js';
import { makeTarball } from './tarball.js';
import { debianVersion, makeTree, type Release } from './tree.js';

const usage = `Makes Slipway's packages of what is built: a .deb and a .tar.gz for each architecture, a bill of materials, an installer
image with all of the archives, checksums.

  npm run package                       all of it, in .slipway/package/<version>
  npm run package -- --arch arm64       for one architecture; may be given again
  npm run package -- --out DIRECTORY
      --version 9.9.9                   instead of the version in package.json: for tests of upgrades
      --fast                            larger packages in a tenth of the time
      --only deb                        or tar, or image: nothing else
      --lint                            fail for what lintian finds and debian/lintian-overrides does not explain`;

const { values: options } = parseArgs({
  options: {
    arch: { type: 'string', multiple: true },
    out: { type: 'string' },
    version: { type: 'string' },
    fast: { type: 'boolean', default: false },
    only: { type: 'string' },
    lint: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});

/** The time that reproducible-builds.org's SOURCE_DATE_EPOCH names, else that of the commit. Seconds. */
function sourceEpoch(): number {
  const word = process.env['SOURCE_DATE_EPOCH'] ?? run('git', ['-C', clone, 'log', '-1', '--format=%ct']);
  const epoch = Number(word.trim());
  if (!Number.isSafeInteger(epoch) || epoch <= 0) throw new Error(`SOURCE_DATE_EPOCH is no time in seconds: ${word}`);
  return epoch;
}

function main(): void {
  const manifest = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as { version: string };
  const release: Release = { version: options.version ?? manifest.version, epoch: sourceEpoch() };
  const out = resolve(options.out ?? join(clone, '.slipway/package', release.version));
  mkdirSync(out, { recursive: true });
  const chosen = (options.arch ?? architectures).map(architectureOf);
  const made = chosen.flatMap((architecture) => makeArchitecture(architecture, release, out));
  if (makes('image')) made.push(makeImage(chosen, release, out));
  const lines = made
    .sort()
    .map((file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}\n`);
  writeFileSync(join(out, 'SHA256SUMS'), lines.join(''));
  const debs = made.filter((file) => file.endsWith('.deb'));
  if (options.lint) run('lintian', ['--allow-root', '--fail-on', 'error,warning', ...debs]);
  for (const file of [...made, join(out, 'SHA256SUMS')]) console.log(file);
}

/** Whether a kind of package is wanted. */
function makes(kind: 'deb' | 'tar' | 'image'): boolean {
  return options.only === undefined || options.only === kind;
}

function makeImage(chosen: readonly Architecture[], release: Release, out: string): string {
  const work = mkdtempSync(join(tmpdir(), 'slipway-package-'));
  try {
    const file = join(out, `slipway-installer-${release.version}.oci.tar`);
    const archives = chosen.map((architecture) => ({
      architecture,
      file: join(out, `slipway-${release.version}-${architecture}.tar.gz`),
    }));
    makeInstallerImage(archives, `${file}.new`, release, work);
    renameSync(`${file}.new`, file);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function makeArchitecture(architecture: Architecture, release: Release, out: string): string[] {
  const compression: keyof typeof compressions = options.fast ? 'fast' : 'small';
  const work = mkdtempSync(join(tmpdir(), 'slipway-package-'));
  const made: string[] = [];
  /** Nobody finds half a file under its name. */
  const put = (name: string, make: (file: string) => void): void => {
    const file = join(out, name);
    make(`${file}.new`);
    renameSync(`${file}.new`, file);
    made.push(file);
  };
  try {
    const whole = `slipway-${release.version}-${architecture}`;
    const tree = join(work, whole);
    makeTree(tree, architecture, release);
    if (makes('deb')) {
      const name = `slipway_${debianVersion(release.version)}_${architecture}.deb`;
      put(name, (file) => makeDeb(tree, file, architecture, release, compression));
    }
    if (makes('tar') || makes('image')) put(`${whole}.tar.gz`, (file) => makeTarball(tree, file, release, compression));
    const bill = readFileSync(join(tree, 'usr/share/doc/slipway/sbom.cdx.json'));
    put(`${whole}.cdx.json`, (file) => writeFileSync(file, bill));
    return made;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function architectureOf(word: string): Architecture {
  const found = architectures.find((name) => name === word);
  if (found === undefined) throw new Error(`--arch ${word}: packages are made for ${architectures.join(' and ')}`);
  return found;
}

if (options.help) console.log(usage);
else {
  try {
    main();
  } catch (error) {
    console.error(`package: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
