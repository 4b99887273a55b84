import { setInherited } from './inheritance.js';
import { check, libcFunction } from '../libc.js';

const standardStreams = [0, 1, 2];

const execveCall = libcFunction<[string, (string | null)[], (string | null)[]]>(
  'int execve(const char *path, const char **argv, const char **env)',
);

/**
 * Makes this process run another program (execve(2)): its pid, its children, its limits and its cgroup stay, and so do its
 * standard streams and the descriptors that are inherited, see setInherited. Other threads end. Returns only by throwing SyscallError, and nothing
 * has changed then. Signals have their default actions until the program sets its own.
 */
export function execve(path: string, argv: readonly string[], env: Readonly<Record<string, string>>): never {
  const words = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  // Node closes them on exec from its start on (uv_disable_stdio_inheritance), and a program without them would write nowhere.
  for (const fd of standardStreams) setInherited(fd, true);
  try {
    check(execveCall(path, [...argv, null], [...words, null]), 'execve', path);
  } finally {
    for (const fd of standardStreams) setInherited(fd, false);
  }
  throw new Error('execve returned');
}
