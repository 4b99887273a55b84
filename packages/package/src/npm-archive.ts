import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { clone, run } from './run.js';

/** A package of the npm registry, as its archive is there. */
export interface NpmPackage {
  name: string;
  version: string;
  /** Subresource integrity: `sha512-<base64>`. */
  integrity: string;
}

const kept = join(clone, '.slipway/package/npm');

/**
 * Unpacks an npm package into a directory, which is made. Archives are kept below .slipway, and have to be what
 * `integrity` says whether they were kept or downloaded.
 */
export function unpackNpm(wanted: NpmPackage, directory: string): void {
  const file = join(kept, `${wanted.name.replace(/^@/, '').replace('/', '-')}-${wanted.version}.tgz`);
  if (!existsSync(file)) download(wanted, file);
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (found !== wanted.integrity) {
    rmSync(file);
    throw new Error(`${wanted.name}@${wanted.version} from the npm registry is ${found}, not ${wanted.integrity}`);
  }
  mkdirSync(directory, { recursive: true });
  run('tar', ['-xzf', file, '-C', directory, '--strip-components=1', '--no-same-owner']);
}

/** By npm itself, with whatever registry and proxy it is set up for. */
function download({ name, version }: NpmPackage, file: string): void {
  const work = `${file}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const printed = run('npm', ['pack', '--silent', `${name}@${version}`], { cwd: work });
    renameSync(join(work, printed.trim().split('\n').at(-1) ?? ''), file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A package at the version and with the integrity that pnpm-lock.yaml holds. */
export function lockedPackage(name: string): NpmPackage {
  const lock = parse(readFileSync(join(clone, 'pnpm-lock.yaml'), 'utf8')) as {
    packages: Record<string, { resolution: { integrity: string } }>;
  };
  for (const [key, { resolution }] of Object.entries(lock.packages)) {
    if (key.startsWith(`${name}@`)) return { name, version: key.slice(name.length + 1), ...resolution };
  }
  throw new Error(`pnpm-lock.yaml has no ${name}`);
}
