#!/usr/bin/env node
// Makes the image that Dockerfile builds on where no registry can be reached: Debian 12
// by debootstrap from the mirror that this machine uses, with this machine's node, npm
// and certificate authorities.
//
//   node scripts/compose-base.mjs                        slipway-base:local
//   node scripts/compose-base.mjs --tag other --mirror http://deb.debian.org/debian
//
// DOCKER_HOST says which docker gets it. Needs root and Debian's debootstrap.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const suite = 'bookworm';
const certificates = '/etc/ssl/certs/ca-certificates.crt';
const { values: options } = parseArgs({
  options: { tag: { type: 'string', default: 'slipway-base:local' }, mirror: { type: 'string' } },
});

function fail(message) {
  process.stderr.write(`compose-base: ${message}\n`);
  process.exit(1);
}

/** The first mirror in apt's sources that has the suite. */
function mirrorOfApt() {
  const targets = spawnSync(
    'apt-get',
    ['indextargets', '--format', '$(SUITE)|$(CODENAME)|$(REPO_URI)', 'Created-By: Packages'],
    { encoding: 'utf8' },
  );
  for (const line of (targets.stdout ?? '').split('\n')) {
    const [name, codename, uri] = line.split('|');
    if (codename === suite && name !== `${suite}-updates` && uri && !/security/.test(uri)) return uri;
  }
  return 'http://deb.debian.org/debian';
}

function run(command, ...args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (error) fail(`${command}: ${error.message}`);
  if (status !== 0) fail(`${command} failed:\n${stdout.slice(-2000)}${stderr}`);
  return stdout.trim();
}

/** node and npm at the places where node's own images have them. */
function addNode(root) {
  const modules = join(root, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  const npm = join(dirname(realpathSync(run('sh', '-c', 'command -v npm'))), '..');
  if (!existsSync(join(npm, 'bin/npx-cli.js'))) fail(`npm is not where its command is: ${npm}`);
  cpSync(npm, join(modules, 'npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name));
  }
}

/** The tree as an image, without the packages that were downloaded for it. */
async function importImage(root, tag, changes) {
  const pack = spawn('tar', ['-C', root, '--numeric-owner', '--exclude=./var/cache/apt/archives/*.deb', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const take = spawn('docker', ['import', ...changes.flatMap((change) => ['--change', change]), '-', tag], {
    stdio: [pack.stdout, 'inherit', 'inherit'],
  });
  const ends = [pack, take].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  if ((await Promise.all(ends)).some((code) => code !== 0)) fail(`${tag} could not be imported: is docker running?`);
}

if (process.getuid?.() !== 0) fail('debootstrap needs root');
if (spawnSync('debootstrap', ['--version']).error) fail('debootstrap is missing: apt-get install debootstrap');
const directory = mkdtempSync(join(tmpdir(), 'slipway-base-'));
try {
  const root = join(directory, 'root');
  const mirror = options.mirror ?? mirrorOfApt();
  console.log(`compose-base: ${suite} from ${mirror}`);
  run('debootstrap', '--variant=minbase', suite, root, mirror);
  addNode(root);
  const changes = ['CMD ["node"]'];
  if (existsSync(certificates)) {
    mkdirSync(join(root, dirname(certificates)), { recursive: true });
    copyFileSync(certificates, join(root, certificates));
    changes.push(`ENV NODE_EXTRA_CA_CERTS=${certificates}`);
  }
  await importImage(root, options.tag, changes);
  console.log(`compose-base: ${options.tag}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
