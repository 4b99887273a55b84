import { runCommand } from '../runtime/run-command.js';

/**
 * Flags of runsc that its configuration leaves open, see docs/gvisor.md. The network is that of the pod's
 * namespace, used as it is: releases of before 2023 take every such namespace of a newer kernel
 * for the host's and refuse to run a stack of their own in it.
 */
export async function gvisorFlags(path: string, configured: readonly string[], platform = ''): Promise<string[]> {
  const flags: string[] = [];
  if (!has(configured, 'network')) flags.push('--network=host');
  if (platform) flags.push(`--platform=${platform}`);
  else if (!has(configured, 'platform') && !(await knowsSystrap(path))) flags.push('--platform=ptrace');
  return [...flags, ...configured];
}

function has(flags: readonly string[], name: string): boolean {
  return flags.some((flag) => new RegExp(`^--?${name}(=|$)`).test(flag));
}

/** systrap is the faster platform and the default of every release that has it. */
async function knowsSystrap(path: string): Promise<boolean> {
  const result = await runCommand({ path, args: ['flags'], deadline: Date.now() + 10_000 });
  return `${result.stdout.toString()}${result.stderr.toString()}`.includes('systrap');
}
