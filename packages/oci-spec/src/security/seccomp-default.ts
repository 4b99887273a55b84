import { callsByArchitecture, callsByCapability, commonCalls, seccompArchitectures } from './seccomp-calls.js';
import type { OciSeccomp, OciSyscallRule } from '../types.js';

const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of clone(2). */
const cloneNamespaceFlags = 0x7e020000;
/** PER_LINUX, PER_LINUX32, UNAME26, both of them, and "only tell" of personality(2). */
const personalities = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

const cache = new Map<string, OciSeccomp>();

/**
 * The RuntimeDefault profile for a container with these capabilities: an allow-list,
 * all else is EPERM. Answers are shared: do not write to them.
 */
export function defaultSeccomp(capabilities: readonly string[], arch: string): OciSeccomp {
  const key = `${arch} ${capabilities.filter((name) => callsByCapability[name]).join(' ')}`;
  let profile = cache.get(key);
  if (!profile) cache.set(key, (profile = build(capabilities, arch)));
  return profile;
}

function build(capabilities: readonly string[], arch: string): OciSeccomp {
  const held = new Set(capabilities);
  const names = new Set([...commonCalls, ...(callsByArchitecture[arch] ?? [])]);
  for (const capability of held) for (const name of callsByCapability[capability] ?? []) names.add(name);
  const allow = 'SCMP_ACT_ALLOW';
  const syscalls: OciSyscallRule[] = [
    { names: [...names].sort(), action: allow },
    // A virtual machine's host is reached by vsock past every network policy.
    { names: ['socket'], action: allow, args: [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_NE' }] },
    ...personalities.map(
      (value): OciSyscallRule => ({
        names: ['personality'],
        action: allow,
        args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
      }),
    ),
  ];
  if (!held.has('CAP_SYS_ADMIN')) {
    // Threads and processes, but no namespaces. s390x has the flags as its second argument.
    const index = arch === 's390x' ? 1 : 0;
    syscalls.push({
      names: ['clone'],
      action: allow,
      args: [{ index, value: cloneNamespaceFlags, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    });
    // Its flags lie in memory, where no filter sees them; libc falls back to clone on ENOSYS.
    syscalls.push({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS });
  }
  const architectures = seccompArchitectures[arch];
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    ...(architectures ? { architectures: [...architectures] } : {}),
    syscalls,
  };
}
