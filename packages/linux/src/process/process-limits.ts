import { readFileSync, writeFileSync } from 'node:fs';
import { hasCode } from '../errno.js';
import { check, libcFunction } from '../libc.js';
import { posixSpawn, type SpawnRequest } from './spawn.js';

/** RLIMIT_NOFILE, the same on x86 and arm64 (asm-generic/resource.h). */
const RLIMIT_NOFILE = 7;

const prlimit = libcFunction<[number, number, Buffer, null]>(
  'int prlimit(int pid, int resource, const void *limit, void *old)',
);

/** Numbers of open files: where a process is stopped, and to where it may raise that itself (getrlimit(2)). */
export interface OpenFileLimits {
  soft: number;
  hard: number;
}

/** In which `bin/slipway` says what the soft limit was before Node raised it. */
const openFilesVariable = 'SLIPWAY_NOFILE';

let parentSoft: number | undefined;

/**
 * The limits with which this process was started. Node raises its soft limit to the hard one when it begins, and what it
 * starts inherits that. The launcher says in the environment what it was; without it, it is the parent's, whose
 * children inherit it, where that is lower. Undefined where the soft limit is the hard one, or not known.
 */
export function startedOpenFiles(env: NodeJS.ProcessEnv = process.env): OpenFileLimits | undefined {
  // A parent may end, and the next one's limits are nobody's business.
  parentSoft ??= openFiles(process.ppid)?.soft;
  const hard = openFiles(process.pid)?.hard;
  if (hard === undefined) return undefined;
  const started = env[openFilesVariable];
  const soft = started !== undefined && /^\d+$/.test(started) ? Number(started) : parentSoft;
  return soft === undefined || soft >= hard ? undefined : { soft, hard };
}

/** Limits the open files of a process, this one or another. A process that has ended is success. Throws EPERM. */
function limitOpenFiles(pid: number, { soft, hard }: OpenFileLimits): void {
  // struct rlimit: two numbers of 64 bits.
  const limit = Buffer.alloc(16);
  limit.writeBigUInt64LE(BigInt(soft), 0);
  limit.writeBigUInt64LE(BigInt(hard), 8);
  try {
    check(prlimit(pid, RLIMIT_NOFILE, limit, null), 'prlimit', String(pid));
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function openFiles(pid: number): OpenFileLimits | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/limits`, 'utf8');
    const [, soft, hard] = /^Max open files +(\d+) +(\d+)/m.exec(text) ?? [];
    return soft === undefined || hard === undefined ? undefined : { soft: Number(soft), hard: Number(hard) };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return undefined;
    throw error;
  }
}

const scoreFile = '/proc/self/oom_score_adj';

function writeScore(score: number): boolean {
  try {
    writeFileSync(scoreFile, String(score));
    return true;
  } catch (error) {
    // Without CAP_SYS_RESOURCE a process goes no lower than it is (proc_pid_oom_score_adj(5)).
    if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return false;
    throw error;
  }
}

/** Makes this process one that the kernel kills later for want of memory, where the host lets it. A lower score is kept. */
export function lowerOomScore(score: number): void {
  if (Number(readFileSync(scoreFile, 'utf8')) > score) writeScore(score);
}

/** Descriptors that other threads may open while this process has its lower limit. */
const spareDescriptors = 256;

/**
 * Starts a program for which this process is no model: with the limits of open files with which this process was
 * started, and with `oomScoreAdj`, or where that is undefined no less than 0. The low score of a node's daemon is nobody
 * else's: runtimes set that of a container, but crun 1.8.1 leaves out 0, and crun leaves commands in a container as they
 * are started. Otherwise as {@link posixSpawn}. A child inherits both, so this process has them for the time of the
 * call; where it has too many files open for that, the child is limited a moment later.
 */
export function spawnAsStarted(request: SpawnRequest, oomScoreAdj?: number): number {
  const openFiles = startedOpenFiles();
  // The kernel gives the lowest number that is free: pipes that were just opened tell how many there are.
  const open = Math.max(0, ...Object.values(request.fds ?? {}));
  if (!openFiles) return atOomScore(oomScoreAdj, () => posixSpawn(request));
  if (open + spareDescriptors >= openFiles.soft) {
    const pid = atOomScore(oomScoreAdj, () => posixSpawn(request));
    limitOpenFiles(pid, openFiles);
    return pid;
  }
  limitOpenFiles(process.pid, openFiles);
  try {
    return atOomScore(oomScoreAdj, () => posixSpawn(request));
  } finally {
    limitOpenFiles(process.pid, { soft: openFiles.hard, hard: openFiles.hard });
  }
}

function atOomScore<T>(score: number | undefined, work: () => T): T {
  const own = Number(readFileSync(scoreFile, 'utf8'));
  const wanted = score ?? Math.max(own, 0);
  if (own === wanted || !writeScore(wanted)) return work();
  try {
    return work();
  } finally {
    writeScore(own);
  }
}
