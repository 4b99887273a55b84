import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Settings } from '@slipway/config';
import { ContainerRecord, SandboxRecord } from '@slipway/contracts';
import { redisPrograms } from '../redis-server.js';

type Places = Pick<Settings, 'root' | 'state'>;

/** A container that runs, or its conmon, although perhaps no node does. */
export interface RunningContainer {
  id: string;
  /** `namespace/pod/container` where its record tells, else the id. */
  name: string;
  pid: number;
}

/** The ids of the sandboxes that have something on this machine. */
export function sandboxesLeft({ state }: Pick<Places, 'state'>): string[] {
  return entries(join(state, 'sandboxes'));
}

/** Whether no pod has left anything: nothing of the host's network is needed then. */
export function hasNoPods(places: Pick<Places, 'state'>): boolean {
  return sandboxesLeft(places).length === 0 && entries(join(places.state, 'containers')).length === 0;
}

/**
 * The containers whose process lives, infra containers included: as their pid files say, and as the process' cgroup
 * confirms, because a pid may be another's by now.
 */
export function runningContainers({ root, state }: Places): RunningContainer[] {
  return entries(join(state, 'containers')).flatMap((id) => {
    const pid = Number(read(join(state, 'containers', id, 'pidfile')));
    if (!(pid > 1) || !read(`/proc/${pid}/cgroup`).includes(id)) return [];
    return [{ id, name: nameOf(root, id), pid }];
  });
}

/** Processes that serve this node and outlive it, or were left by one that was killed: their words name its directories. */
export function processesOf({ root, state }: Places): { pid: number; program: string }[] {
  return entries('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!(pid > 1) || pid === process.pid || pid === process.ppid) return [];
    const words = read(`/proc/${name}/cmdline`).split('\0');
    const program = basename(words[0]?.split(' ')[0] ?? '');
    if (!programs.has(program)) return [];
    // Among Node's programs only the services count.
    if (program === 'node' && !words.some((word) => word.endsWith('main.mjs'))) return [];
    const names = (word: string): boolean => [root, state].some((path) => holds(word, path));
    return words.some(names) ? [{ pid, program }] : [];
  });
}

const programs = new Set<string>([
  'conmon',
  'crun',
  'runc',
  'runsc',
  'runsc-sandbox',
  'runsc-gofer',
  'exe',
  'nats-server',
  ...redisPrograms,
  'node',
]);

/** Whether a word has a path in it, as a whole: /run/slipway is not /run/slipway-lab. */
function holds(word: string, path: string): boolean {
  const at = word.indexOf(path);
  return at >= 0 && ['/', undefined].includes(word[at + path.length]);
}

/** By the records on disk, since perhaps no node runs. */
function nameOf(root: string, id: string): string {
  try {
    const container = ContainerRecord.decode(readFileSync(join(root, 'records/containers', id)));
    const pod = SandboxRecord.decode(readFileSync(join(root, 'records/sandboxes', container.sandboxId)));
    const { namespace, name } = pod.config?.metadata ?? {};
    return [namespace, name, container.config?.metadata?.name].join('/');
  } catch {
    // An infra container, or a record that is damaged or gone.
    return id;
  }
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // It is not there, or ended while we looked.
    return '';
  }
}
