import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './node-release.js';
import { clone, run } from './run.js';

/** Debian's static busybox, unpacked. */
export interface Busybox {
  /** The directory that holds Debian's tree: bin/busybox or usr/bin/busybox, and its licence below usr/share/doc. */
  tree: string;
  version: string;
}

/**
 * Unpacks Debian's busybox-static of an architecture, from the mirror and the release that this machine's apt sources name.
 * apt has lists of its own for it, checks the mirror's signature by Debian's keys, and installs nothing.
 */
export function unpackBusybox(architecture: Architecture, target: string): Busybox {
  const directory = join(clone, '.slipway/package/apt', architecture);
  const debs = join(directory, 'debs');
  rmSync(debs, { recursive: true, force: true });
  for (const part of ['lists/partial', 'cache/archives/partial', 'debs'])
    mkdirSync(join(directory, part), { recursive: true });
  const sources = join(directory, 'sources.list');
  const signed = 'signed-by=/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(sources, `deb [arch=${architecture} ${signed}] ${debianRelease()} main\n`);
  const settings = {
    'APT::Architecture': architecture,
    'APT::Sandbox::User': 'root',
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(directory, 'lists'),
    'Dir::Cache': join(directory, 'cache'),
    'Dir::State::status': '/dev/null',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  run('apt-get', [...options, 'update']);
  run('apt-get', [...options, 'download', 'busybox-static'], { cwd: debs });
  const [deb] = readdirSync(debs);
  if (deb === undefined) throw new Error('apt-get downloaded no busybox-static');
  run('dpkg-deb', ['-x', join(debs, deb), target]);
  return { tree: target, version: run('dpkg-deb', ['-f', join(debs, deb), 'Version']).trim() };
}

/** The address of the mirror and the name of the release of this machine's own Debian. */
function debianRelease(): string {
  const targets = run('apt-get', ['indextargets', '--format', '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(RELEASE)']);
  const found = targets
    .split('\n')
    .map((line) => line.split(' '))
    .find(([origin, component, , release = '']) => {
      return origin === 'Debian' && component === 'main' && /^[a-z]+$/.test(release);
    });
  if (!found) throw new Error("this machine's apt sources name no release of Debian");
  return `${found[2]} ${found[3]}`;
}
