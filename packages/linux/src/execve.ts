import { check, libcFunction } from './libc.js';

const execveCall = libcFunction<[string, (string | null)[], (string | null)[]]>(
  'int execve(const char *path, const char **argv, const char **env)',
);

/**
 * Makes this process run another program (execve(2)): its pid, its children, its limits and its cgroup stay, and so do the
 * descriptors that are inherited, see setInherited. Other threads end. Returns only by throwing SyscallError, and nothing
 * has changed then. Signals have their default actions until the program sets its own.
 */
export function execve(path: string, argv: readonly string[], env: Readonly<Record<string, string>>): never {
  const words = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  check(execveCall(path, [...argv, null], [...words, null]), 'execve', path);
  throw new Error('execve returned');
}
