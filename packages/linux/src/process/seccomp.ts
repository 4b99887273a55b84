import { constants } from 'node:os';
import { type SystemCallProfile, systemCallRules } from '@slipway/capabilities';
import { SyscallError } from '../errno.js';
import { addressOf, lastErrno, libcFunction } from '../libc.js';
import { seccompProgram } from './seccomp-filter.js';

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_TSYNC = 1;
const numbers: Partial<Record<NodeJS.Architecture, number>> = { x64: 317, arm64: 277 };

const prctl = libcFunction<[number, number, number, number, number]>(
  'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
);
const seccompCall = libcFunction<[number, number, number, Buffer]>(
  'long syscall(long n, unsigned long operation, unsigned long flags, void *program)',
);

/**
 * Installs the filter of a profile (seccomp(2)), for all threads of this process or, for a thread whose children are to have
 * it, for this one. It cannot be removed, and children inherit it. The thread gets no_new_privs, without which the kernel takes
 * filters only of root.
 * @returns false where the kernel has no seccomp filters, or this architecture's numbers are not known
 * @throws SyscallError
 */
export function installFilter(profile: SystemCallProfile, scope: 'process' | 'thread'): boolean {
  const program = seccompProgram(systemCallRules[profile]);
  const number = numbers[process.arch];
  if (!program || number === undefined) return false;
  // struct sock_fprog: a count of instructions, and where they are.
  const description = Buffer.alloc(16);
  description.writeUInt16LE(program.length / 8, 0);
  description.writeBigUInt64LE(addressOf(program), 8);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const flags = scope === 'process' ? SECCOMP_FILTER_FLAG_TSYNC : 0;
  const result = seccompCall(number, SECCOMP_SET_MODE_FILTER, flags, description);
  if (result === 0) return true;
  const errno = lastErrno();
  if (result < 0 && (errno === constants.errno.EINVAL || errno === constants.errno.ENOSYS)) return false;
  // Above zero it is a thread that has another filter.
  throw new SyscallError(result < 0 ? errno : 'ESRCH', 'seccomp', profile);
}
