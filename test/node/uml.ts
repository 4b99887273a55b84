import { spawn, spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Machine, type MachineOptions } from './machine.js';

/** The guest's memory. User-mode Linux keeps it in a file on a tmpfs and takes of it what it uses. */
const memoryBytes = 2 * 2 ** 30;
const kernel = '/usr/bin/linux.uml';
const shimSource = fileURLToPath(new URL('../../node/uml-xstate.c', import.meta.url));

/** What this machine lacks for User-mode Linux. Throws with all of it, each with what helps. */
export function checkUml(): void {
  const lacks: string[] = [];
  if (process.arch !== 'x64') lacks.push(`User-mode Linux does not exist for ${process.arch}: use an x86-64 machine`);
  if (process.getuid?.() !== 0) lacks.push('root is needed to make root file systems');
  for (const program of [kernel, '/usr/bin/mmdebstrap', '/usr/sbin/mke2fs', '/usr/bin/cc'])
    if (!existsSync(program)) lacks.push(`${program} is missing: run node scripts/setup.mjs --node`);
  const scope = '/proc/sys/kernel/yama/ptrace_scope';
  if (existsSync(scope) && readFileSync(scope, 'utf8').trim() === '3')
    lacks.push('ptrace is off for everybody (kernel.yama.ptrace_scope is 3): boot without it');
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize < memoryBytes)
      lacks.push(`/dev/shm has ${Math.round((bavail * bsize) / 2 ** 20)} MB free: mount it with 2 GB or more`);
  } catch (error) {
    lacks.push(`/dev/shm cannot be used: ${(error as Error).message}`);
  }
  if (lacks.length > 0) throw new Error(`this machine cannot boot guests:\n  ${lacks.join('\n  ')}`);
}

/**
 * Starts a User-mode Linux: a Linux kernel as a process of this machine, with one processor and no network. What its
 * serial line carries shows when it has booted.
 */
export function startUml(options: MachineOptions): Machine {
  mkdirSync(options.work, { recursive: true });
  const console = openSync(options.console, 'a');
  const args = [
    `mem=${memoryBytes / 2 ** 20}M`,
    `ubd0=${options.disk}`,
    'root=/dev/ubda',
    'rw',
    'apparmor=1',
    'security=apparmor',
    // No hierarchy of version 1, named ones neither.
    'cgroup_no_v1=all,named',
    'systemd.unified_cgroup_hierarchy=1',
    'con0=null,fd:1',
    'con=null',
    'ssl0=fd:3,fd:3',
    'ssl=null',
    `uml_dir=${options.work}`,
    `lane_share=${options.share}`,
  ];
  // It ends its guest's processes, which are processes of this machine, when it gets a SIGTERM: also when this process is killed.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', kernel, ...args], {
    stdio: ['ignore', console, console, 'pipe'],
    detached: true,
    env: { PATH: process.env['PATH'], LD_PRELOAD: compiledShim(options.work) },
  });
  closeSync(console);
  return new Machine(child, child.stdio[3] as Duplex);
}

function compiledShim(work: string): string {
  const shim = join(work, 'uml-xstate.so');
  if (existsSync(shim)) return shim;
  const { status, stderr, error } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', shim, shimSource], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`cc cannot compile ${shimSource}: ${error?.message ?? stderr}`);
  return shim;
}
