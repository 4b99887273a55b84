import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { Machine, type MachineOptions } from './machine.js';
import { progress } from './progress.js';

const program = '/usr/bin/qemu-system-x86_64';
const memoryMegabytes = 2048;
/** A kernel under KVM has found within a second that it has no root file system. */
const kvmTrialMs = 30_000;
/** An emulated processor against a real one. */
export const emulationFactor = 8;

/** The kernel that is booted, and its initial RAM disk. */
export interface Boot {
  kernel: string;
  initrd: string;
}

/** What this machine lacks for QEMU. Throws with all of it. */
export function checkQemu(): void {
  const lacks: string[] = [];
  if (process.arch !== 'x64') lacks.push(`guests have Debian's amd64 kernels: use an x86-64 machine`);
  if (process.getuid?.() !== 0) lacks.push('root is needed to make root file systems');
  for (const path of [program, '/usr/bin/mmdebstrap', '/usr/sbin/mke2fs'])
    if (!existsSync(path)) lacks.push(`${path} is missing: run node scripts/setup.mjs --node --qemu`);
  if (lacks.length > 0) throw new Error(`this machine cannot boot guests with QEMU:\n  ${lacks.join('\n  ')}`);
}

let chosen: 'kvm' | 'tcg' | undefined;

/**
 * KVM where a kernel runs by it, else TCG, which emulates the processor. /dev/kvm alone shows nothing: on machines that
 * are themselves guests it may be there and run no kernel.
 */
export function accelerator({ kernel }: Boot): 'kvm' | 'tcg' {
  if (chosen) return chosen;
  chosen = 'tcg';
  if (existsSync('/dev/kvm')) {
    // It panics for want of a root file system, which -no-reboot makes the end of QEMU.
    const args = ['-accel', 'kvm', '-cpu', 'host', '-kernel', kernel, '-append', 'panic=-1', '-no-reboot'];
    const { status } = spawnSync(program, [...bare, '-m', '512', ...args], {
      timeout: kvmTrialMs,
      killSignal: 'SIGKILL',
    });
    if (status === 0) chosen = 'kvm';
  }
  progress(chosen === 'kvm' ? 'QEMU with KVM' : 'QEMU with TCG: KVM runs no kernel here');
  return chosen;
}

const bare = ['-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35'];

/** Starts a virtual machine with two processors and no network; what its serial line carries shows when it has booted. */
export function startQemu(options: MachineOptions, boot: Boot): Machine {
  mkdirSync(options.work, { recursive: true });
  const kvm = accelerator(boot) === 'kvm';
  const append = [
    'root=/dev/vda',
    'rw',
    'console=ttyS1',
    'apparmor=1',
    'security=apparmor',
    'systemd.unified_cgroup_hierarchy=1',
  ];
  const args = [
    ...bare,
    ...(kvm ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max']),
    ...['-smp', '2', '-m', String(memoryMegabytes), '-no-reboot'],
    ...['-kernel', boot.kernel, '-initrd', boot.initrd, '-append', append.join(' ')],
    ...['-drive', `file=${options.disk},format=raw,if=virtio`],
    ...['-virtfs', `local,path=${options.share},mount_tag=lane_share,security_model=none,multidevs=remap`],
    ...['-chardev', 'socket,id=agent,fd=3', '-serial', 'chardev:agent'],
    ...['-chardev', `file,id=console,path=${options.console},append=on`, '-serial', 'chardev:console'],
    ...['-device', 'virtio-rng-pci'],
  ];
  const console = openSync(options.console, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', program, ...args], {
    stdio: ['ignore', console, console, 'pipe'],
    detached: true,
  });
  closeSync(console);
  return new Machine(child, child.stdio[3] as Duplex);
}
