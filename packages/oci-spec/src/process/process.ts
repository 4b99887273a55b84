import { posix } from 'node:path';
import type { ContainerConfig, KeyValue } from '@slipway/cri';
import { invalidField, withoutNul } from '../field.js';
import type { ImageConfig } from '../image-config.js';

/** Where programs are looked for when neither image nor config says so. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The command line, by the Kubernetes rules (Define a Command and Arguments for a
 * Container): `command` replaces ENTRYPOINT and drops CMD; `args` replaces CMD.
 */
export function processArgs(config: Pick<ContainerConfig, 'command' | 'args'>, image: ImageConfig): string[] {
  const command = config.command.length > 0 ? config.command : image.entrypoint;
  const args = config.command.length > 0 || config.args.length > 0 ? config.args : image.cmd;
  const all = [...command, ...args];
  if (all.length === 0) throw invalidField('command', 'neither the container nor its image names a command');
  if (all[0] === '') throw invalidField('command', 'the program has an empty name');
  for (const argument of all) withoutNul('command', argument);
  return all;
}

export interface ProcessEnvInput {
  config: Pick<ContainerConfig, 'envs' | 'tty'>;
  image: ImageConfig;
  hostname: string;
  /** The user's home; empty where passwd has none, and then it is `/`. */
  home: string;
  /** Variables of CDI devices; they come last. */
  extra?: readonly string[] | undefined;
}

/**
 * The environment: defaults (PATH, HOME, HOSTNAME, TERM with a terminal), then the image's,
 * then the config's. A later value replaces an earlier one in its place.
 */
export function processEnv({ config, image, hostname, home, extra = [] }: ProcessEnvInput): string[] {
  const env = new Map<string, string>([['PATH', defaultPath]]);
  // Runtimes look it up in the image's /etc/passwd where it is missing, which a container may change before an exec.
  env.set('HOME', withoutNul('image /etc/passwd', home || '/'));
  if (hostname) env.set('HOSTNAME', withoutNul('hostname', hostname));
  if (config.tty) env.set('TERM', 'xterm');
  setAll(env, 'image config.Env', image.env);
  config.envs.forEach((entry, index) => env.set(envName(entry, index), envValue(entry, index)));
  setAll(env, 'CDI_devices', extra);
  return [...env].map(([name, value]) => `${name}=${value}`);
}

function setAll(env: Map<string, string>, source: string, entries: readonly string[]): void {
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    // Docker lets an image name a variable without a value; there is nothing to hand on.
    if (equals > 0) env.set(entry.slice(0, equals), withoutNul(source, entry.slice(equals + 1)));
  }
}

function envName(entry: KeyValue, index: number): string {
  const field = `envs[${index}].key`;
  if (entry.key === '' || entry.key.includes('=')) {
    throw invalidField(field, `${JSON.stringify(entry.key)} cannot be a variable's name`);
  }
  return withoutNul(field, entry.key);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function envValue(entry: KeyValue, index: number): string {
  const field = `envs[${index}].value`;
  try {
    return withoutNul(field, utf8.decode(entry.value));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw invalidField(field, `the value of ${entry.key} is not UTF-8, which config.json demands`, { cause });
  }
}

/** The working directory, absolute; a relative one starts at the root, as Docker takes it. */
export function processCwd(config: Pick<ContainerConfig, 'workingDir'>, image: ImageConfig): string {
  const wanted = config.workingDir || image.workingDir || '/';
  // path_resolution(7): no path may be longer, with its NUL.
  if (Buffer.byteLength(wanted) >= 4096) {
    throw invalidField('working_dir', `it has ${Buffer.byteLength(wanted)} bytes; a path has 4095 at most`);
  }
  return posix.resolve('/', withoutNul('working_dir', wanted));
}
