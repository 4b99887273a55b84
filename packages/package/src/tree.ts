import {
  chmodSync,
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundledComponents, type Component, readComponent, licenseText } from './components.js';
import { copyrightFile } from './copyright.js';
import { addDocs } from './docs.js';
import { type Architecture, nodeArchitecture, nodeRelease } from './node-release.js';
import { lockedPackage, unpackNpm } from './npm-archive.js';
import { clone, run } from './run.js';
import { billOfMaterials } from './sbom.js';

export interface Release {
  /** As in package.json at the top: semver. */
  version: string;
  /** The time of the commit, in seconds: of everything in the packages. */
  epoch: number;
}

/** Where the bundles and Node lie on a node. */
export const home = 'usr/lib/slipway';
export const sources = join(clone, 'packages/package');

/**
 * Makes the tree of a package in a directory, as it is to lie at a node's /. Files, modes and times are the same whenever
 * and wherever it is made of one commit.
 */
export function makeTree(tree: string, architecture: Architecture, release: Release): void {
  const lib = join(tree, home);
  run(process.execPath, [join(clone, 'scripts/pack.mjs'), lib]);
  // V8 takes what it has compiled from the same Node on a like processor only: postinst has it made on the node.
  for (const name of readdirSync(join(lib, 'services'))) rmSync(join(lib, 'services', name, 'dist/service.cache'));
  cpSync(join(clone, 'scripts/bundle/code-cache.mjs'), join(lib, 'code-cache.mjs'));
  const components = [...bundledComponents(), ...addNative(lib, architecture)];

  link('../lib/slipway/packages/cli/bin/slipway', join(tree, 'usr/bin/slipway'));
  copy(join(clone, 'packages/cli/systemd'), join(tree, 'usr/lib/systemd/system'));
  copy(join(sources, 'etc'), join(tree, 'etc/slipway'));
  mkdirSync(join(tree, 'etc/slipway/config.toml.d'));
  copy(join(sources, 'debian/lintian-overrides'), join(tree, 'usr/share/lintian/overrides/slipway'));
  addGenerated(tree);

  const docs = join(tree, 'usr/share/doc/slipway');
  addDocs(docs, release.version);
  write(join(docs, 'copyright'), copyrightFile(components));
  write(join(docs, 'sbom.cdx.json'), billOfMaterials({ ...release, architecture }, components));
  write(join(docs, 'changelog.gz'), gzipSync(changelog(release), { level: 9 }));
  settle(tree, release.epoch);
}

/** Man pages and shell completion, which the command makes of its own declarations. */
function addGenerated(tree: string): void {
  const slipway = (...words: string[]): string =>
    run(process.execPath, [join(clone, 'packages/cli/dist/main.mjs'), ...words]);
  const man = join(tree, 'usr/share/man');
  slipway('man', '--output', man);
  for (const name of filesBelow(man)) {
    write(join(man, `${name}.gz`), gzipSync(readFileSync(join(man, name)), { level: 9 }));
    rmSync(join(man, name));
  }
  for (const [shell, path] of [
    ['bash', 'bash-completion/completions/slipway'],
    ['zsh', 'zsh/vendor-completions/_slipway'],
    ['fish', 'fish/vendor_completions.d/slipway.fish'],
  ] as const)
    write(join(tree, 'usr/share', path), slipway('completion', shell));
}

/** Node and koffi's native part, of one architecture; answers what they are. */
function addNative(lib: string, architecture: Architecture): Component[] {
  const work = `${lib}.npm`;
  const name = nodeArchitecture[architecture];
  try {
    const integrity = nodeRelease.integrity[architecture];
    unpackNpm({ name: `node-linux-${name}`, version: nodeRelease.version, integrity }, join(work, 'node'));
    mkdirSync(join(lib, 'bin'));
    renameSync(join(work, 'node/bin/node'), join(lib, 'bin/node'));
    const node: Component = {
      name: 'node',
      version: nodeRelease.version,
      license: 'MIT',
      text: licenseText(join(work, 'node')) ?? '',
      path: `/${home}/bin/node`,
    };
    const native = `@koromix/koffi-linux-${name}`;
    unpackNpm(lockedPackage(native), join(work, 'koffi'));
    rmSync(join(lib, 'node_modules/@koromix'), { recursive: true });
    for (const file of ['package.json', 'index.js', `linux_${name}/koffi.node`])
      copy(join(work, 'koffi', file), join(lib, 'node_modules', native, file));
    const koffi = readComponent(join(clone, 'packages/linux/node_modules/koffi'), `/${home}/node_modules/koffi`);
    return [koffi, { ...koffi, name: native, path: `/${home}/node_modules/${native}` }, node];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Debian's form, which refers to ours: deb-changelog(5). */
function changelog({ version, epoch }: Release): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `slipway (${debianVersion(version)}) unstable; urgency=medium

   * See /usr/share/doc/slipway/CHANGELOG.md.

 -- ${maintainer}  ${date}
`;
}

export const maintainer = 'Slipway maintainers <maintainers@slipway.invalid>';

/** A pre-release of semver sorts before its release, which Debian writes with a tilde: deb-version(7). */
export function debianVersion(version: string): string {
  return version.replace('-', '~').replaceAll('-', '.');
}

/** Gives each kind of file its mode and all the same time, whatever the umask and the clone are. */
export function settle(path: string, epoch: number): void {
  const stat = lstatSync(path);
  if (stat.isDirectory()) for (const name of readdirSync(path)) settle(join(path, name), epoch);
  if (!stat.isSymbolicLink()) chmodSync(path, stat.isDirectory() || isProgram(path) ? 0o755 : 0o644);
  lutimesSync(path, epoch, epoch);
}

/** Files that are executed by their path: node reads all others. */
function isProgram(path: string): boolean {
  return (
    /\/bin\/[^/]+$/.test(path) ||
    path.endsWith('/install.sh') ||
    /\/DEBIAN\/(preinst|postinst|prerm|postrm)$/.test(path)
  );
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, dereference: true });
}

export function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** Names below a directory that are no directories, in order; `/` between their parts. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !lstatSync(join(directory, name)).isDirectory())
    .sort();
}
