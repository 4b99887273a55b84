import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSlipwayError } from '@slipway/errors';
import { deadlineIn } from '@slipway/time';
import { runCommand } from '../runtime/run-command.js';

/**
 * gVisor's platforms for any host, the fastest first (gvisor.dev, "Platform Guide"). kvm is for who asks for it: where
 * /dev/kvm is there and does not work, for example in a machine within a machine, it hangs.
 */
const platforms = ['systrap', 'ptrace'] as const;
/**
 * A platform that does not answer within the first of these is asked again with the next: a node that comes up may be
 * slow, and a platform that hangs stays silent however long one waits.
 */
const triedMs = [15_000, 30_000, 60_000] as const;
const helpMs = 60_000;

/**
 * Flags of runsc that its configuration leaves open, see docs/gvisor.md. The network is that of the pod's
 * namespace, used as it is: releases of before 2023 take every such namespace of a newer kernel
 * for the host's and refuse to run a stack of their own in it.
 *
 * @param patience milliseconds that a platform has to answer, at the first time it is asked, the second, and so on
 */
export async function gvisorFlags(
  path: string,
  configured: readonly string[],
  platform = '',
  patience: readonly number[] = triedMs,
): Promise<string[]> {
  const known = await helpOf(path);
  const flags: string[] = [];
  if (!has(configured, 'network')) flags.push('--network=host');
  if (platform) flags.push(`--platform=${platform}`);
  else if (!has(configured, 'platform')) flags.push(`--platform=${await choosePlatform(path, known, patience)}`);
  // Without it a profile that a container names is passed over without a word.
  if (!has(configured, 'oci-seccomp') && known.includes('oci-seccomp')) flags.push('--oci-seccomp');
  return [...flags, ...configured];
}

function has(flags: readonly string[], name: string): boolean {
  return flags.some((flag) => new RegExp(`^--?${name}(=|$)`).test(flag));
}

/** The output of `runsc flags`. */
async function helpOf(path: string): Promise<string> {
  const { stdout, stderr } = await runCommand({ path, args: ['flags'], deadline: deadlineIn(helpMs) });
  return `${stdout.toString()}${stderr.toString()}`;
}

/**
 * The fastest platform that the release has and this host runs. The last candidate is not tried: the handler's trial
 * shows whether it works, and says why not.
 */
async function choosePlatform(path: string, known: string, patience: readonly number[]): Promise<string> {
  const candidates = platforms.filter((platform) => platform === 'ptrace' || known.includes(platform));
  for (const platform of candidates.slice(0, -1)) if (await runs(path, platform, patience)) return platform;
  return 'ptrace';
}

async function runs(path: string, platform: string, patience: readonly number[]): Promise<boolean> {
  for (const ms of patience) {
    const answer = await runsWithin(path, platform, ms);
    if (answer !== 'silent') return answer === 'yes';
  }
  return false;
}

/** Whether a sandbox of that platform runs a program of the host's (`runsc do`); silent where it did not end in time. */
async function runsWithin(path: string, platform: string, ms: number): Promise<'yes' | 'no' | 'silent'> {
  const root = await mkdtemp(join(tmpdir(), 'slipway-platform-'));
  try {
    const args = [`--root=${root}`, `--platform=${platform}`, '--network=host', '--ignore-cgroups', 'do', '/bin/true'];
    return (await runCommand({ path, args, deadline: deadlineIn(ms) })).code === 0 ? 'yes' : 'no';
  } catch (error) {
    return isSlipwayError(error) && error.code === 'DEADLINE' ? 'silent' : 'no';
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
