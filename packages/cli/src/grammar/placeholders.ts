import type { Argument, Option } from 'commander';
import type { CliCommand } from './cli-command.js';

/** Where the values of a placeholder come from while somebody completes a word. */
export type ValueSource =
  | 'files'
  | 'directories'
  | 'containers'
  | 'pods'
  | 'podsAndContainers'
  | 'images'
  | 'executors'
  | 'handlers'
  | 'stages'
  | 'commands'
  | 'levels';

export interface Placeholder {
  /** For man pages: how such a value is written. */
  readonly means: string;
  readonly source?: ValueSource;
}

const byName = 'its name <namespace>/<pod>/<container>, an end of that, or the beginning of its id';

/**
 * The words in angle brackets by which commands name their values: each means the same everywhere. Values with
 * choices of their own need no entry.
 */
export const placeholders: Readonly<Record<string, Placeholder>> = {
  container: {
    means: `a container: ${byName}; a pod that has one container may be named instead`,
    source: 'containers',
  },
  pod: {
    means: 'a pod: its name <namespace>/<pod>, the end of that, or the beginning of its id',
    source: 'pods',
  },
  'pod|container': { means: `a container: ${byName}; or a pod in the same way`, source: 'podsAndContainers' },
  image: { means: 'an image: a reference, with a tag or a digest, or the beginning of its id', source: 'images' },
  reference: { means: 'an image in a registry: a reference with a tag or a digest' },
  repository: { means: 'an image reference without a tag' },
  executor: { means: 'an executor, as slipway executors ls lists it', source: 'executors' },
  handler: { means: 'a runtime handler, as a RuntimeClass names it', source: 'handlers' },
  'stage=count': {
    means: 'a stage (gateway, puller, builder, executor or executor.<handler>) and how many instances of it run',
    source: 'stages',
  },
  topic: { means: 'a command; the one below it', source: 'commands' },
  file: { means: 'a file', source: 'files' },
  directory: { means: 'a directory', source: 'directories' },
  path: { means: 'a path in the container' },
  'host:path[:ro]': { means: "a path of the host, the container's path, and ro for one that is read-only" },
  'host:port': { means: "a port of the host and one of the pod's" },
  ports: { means: '<port>, <local>:<port>, or :<port> for any free local port' },
  address: { means: 'an IP address' },
  'address:port': { means: 'an IP address and a port' },
  socket: { means: 'a CRI socket: unix:// and a path' },
  command: { means: 'a program with its arguments: all words up to the end of the line' },
  program: { means: 'a program of the image' },
  word: { means: 'an argument' },
  name: { means: 'a name' },
  'name=value': { means: 'a variable and its value' },
  namespace: { means: 'a namespace of Kubernetes' },
  'uid[:gid]': { means: 'a user id, and a group id' },
  operation: { means: 'an operation of the stage: see below' },
  levels: { means: 'levels, with commas between them', source: 'levels' },
  lines: { means: 'a number of lines' },
  n: { means: 'a number' },
  count: { means: 'a number' },
  pid: { means: 'a process id' },
  ms: { means: 'milliseconds' },
  kibibytes: { means: 'a size in KiB' },
  seconds: { means: 'seconds' },
  time: { means: 'a time with its unit: 30s, 2m' },
};

/** The word in an option's brackets; undefined for a switch. */
export function placeholderOf({ flags }: Option): string | undefined {
  return /(?:<(.+)>|\[(.+)\])$/
    .exec(flags)
    ?.slice(1)
    .find(Boolean)
    ?.replace(/\.\.\.$/, '');
}

/** The possible values of an argument or an option: one of a few words, or those of its placeholder. */
export function valuesOf(of: Argument | Option): { choices?: readonly string[]; placeholder?: Placeholder } {
  if (of.argChoices !== undefined) return { choices: of.argChoices };
  const name = 'flags' in of ? placeholderOf(of) : of.name();
  const placeholder = name === undefined ? undefined : placeholders[name];
  return placeholder === undefined ? {} : { placeholder };
}

/** Gives each argument that has no description its placeholder's, for `--help`. */
export function describeArguments(program: CliCommand): void {
  for (const { registeredArguments } of program.tree()) {
    for (const argument of registeredArguments) argument.description ||= valuesOf(argument).placeholder?.means ?? '';
  }
}
