import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../runtime/run-command.js';

/**
 * gVisor's platforms for any host, the fastest first (gvisor.dev, "Platform Guide"). kvm is for who asks for it: where
 * /dev/kvm is there and does not work, for example in a machine within a machine, it hangs.
 */
const platforms = ['systrap', 'ptrace'] as const;
const triedMs = 10_000;

/**
 * Flags of runsc that its configuration leaves open, see docs/gvisor.md. The network is that of the pod's
 * namespace, used as it is: releases of before 2023 take every such namespace of a newer kernel
 * for the host's and refuse to run a stack of their own in it.
 */
export async function gvisorFlags(path: string, configured: readonly string[], platform = ''): Promise<string[]> {
  const known = await helpOf(path);
  const flags: string[] = [];
  if (!has(configured, 'network')) flags.push('--network=host');
  if (platform) flags.push(`--platform=${platform}`);
  else if (!has(configured, 'platform')) flags.push(`--platform=${await choosePlatform(path, known)}`);
  // Without it a profile that a container names is passed over without a word.
  if (!has(configured, 'oci-seccomp') && known.includes('oci-seccomp')) flags.push('--oci-seccomp');
  return [...flags, ...configured];
}

function has(flags: readonly string[], name: string): boolean {
  return flags.some((flag) => new RegExp(`^--?${name}(=|$)`).test(flag));
}

/** What `runsc flags` says. */
async function helpOf(path: string): Promise<string> {
  const { stdout, stderr } = await runCommand({ path, args: ['flags'], deadline: Date.now() + triedMs });
  return `${stdout.toString()}${stderr.toString()}`;
}

/**
 * The fastest platform that the release has and this host runs. One that is the last is not tried: the handler's trial
 * shows whether it works, and says why not.
 */
async function choosePlatform(path: string, known: string): Promise<string> {
  const candidates = platforms.filter((platform) => platform === 'ptrace' || known.includes(platform));
  for (const platform of candidates.slice(0, -1)) if (await runs(path, platform)) return platform;
  return 'ptrace';
}

/** Whether a sandbox of that platform runs a program of the host's (`runsc do`). */
async function runs(path: string, platform: string): Promise<boolean> {
  const root = await mkdtemp(join(tmpdir(), 'slipway-platform-'));
  try {
    const args = [`--root=${root}`, `--platform=${platform}`, '--network=host', '--ignore-cgroups', 'do', '/bin/true'];
    return (await runCommand({ path, args, deadline: Date.now() + triedMs })).code === 0;
  } catch {
    // It hung.
    return false;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
