import { constants } from 'node:fs';
import { constants as os } from 'node:os';
import type { SystemCallRules } from '@slipway/capabilities';
import { systemCallNumbers } from './system-call-numbers.js';

// Classic BPF, of linux/bpf_common.h.
const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_SET = 0x45;
const RETURN = 0x06;
// linux/seccomp.h
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
// Offsets in struct seccomp_data; an argument's low half on the little-endian architectures that there are.
const nrOffset = 0;
const archOffset = 4;
const argument = (index: number): number => 16 + 8 * index;
/** System calls of the x32 ABI have this bit. */
const X32 = 0x40000000;
// linux/sched.h
const CLONE_VM = 0x100;
const CLONE_NEW = 0x7e020000;
const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC } = constants;

const architectures: Partial<Record<NodeJS.Architecture, { audit: number; column: 0 | 1 }>> = {
  // linux/audit.h: AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
  x64: { audit: 0xc000003e, column: 0 },
  arm64: { audit: 0xc00000b7, column: 1 },
};

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number];

const refuse = (errno: number): Instruction => [RETURN, 0, 0, ERRNO | errno];
const allow: Instruction = [RETURN, 0, 0, ALLOW];

/**
 * The filter program of rules for seccomp(2): an array of struct sock_filter. System calls of other architectures (32-bit
 * programs, x32) are refused.
 * @returns undefined on an architecture whose numbers are not known
 */
export function seccompProgram(rules: SystemCallRules, arch: NodeJS.Architecture = process.arch): Buffer | undefined {
  const architecture = architectures[arch];
  if (!architecture) return undefined;
  const { audit, column } = architecture;
  const { EPERM, ENOSYS } = os.errno;
  const numberOf = (name: string): number | undefined => {
    const numbers = systemCallNumbers[name];
    if (!numbers) throw new Error(`no number of the system call ${name} is known`);
    return numbers[column];
  };
  const program: Instruction[] = [
    [LOAD_WORD, 0, 0, archOffset],
    [JUMP_EQUAL, 1, 0, audit],
    refuse(EPERM),
    [LOAD_WORD, 0, 0, nrOffset],
    [JUMP_AT_LEAST, 0, 1, X32],
    refuse(ENOSYS),
  ];
  /** Runs `then`, which returns in each of its branches, for one system call. */
  const on = (name: string, then: readonly Instruction[]): void => {
    const number = numberOf(name);
    if (number !== undefined) program.push([JUMP_EQUAL, 0, then.length, number], ...then);
  };
  const allows = rules.kind === 'allow';
  on('clone3', [refuse(ENOSYS)]);
  for (const name of rules.calls) {
    const then = allows ? allowed(name, EPERM) : [refuse(EPERM)];
    on(name, then);
  }
  if (!allows && rules.calls.includes('unshare')) on('clone', withoutFlags(0, CLONE_NEW, EPERM));
  program.push(allows ? refuse(EPERM) : allow);
  const buffer = Buffer.alloc(8 * program.length);
  for (const [index, [code, jumpTrue, jumpFalse, k]] of program.entries()) {
    buffer.writeUInt16LE(code, 8 * index);
    buffer.writeUInt8(jumpTrue, 8 * index + 2);
    buffer.writeUInt8(jumpFalse, 8 * index + 3);
    buffer.writeUInt32LE(k >>> 0, 8 * index + 4);
  }
  return buffer;
}

/** An allowed call; files are opened to read only, and a clone shares its memory, so that it is a thread and no process. */
function allowed(name: string, errno: number): readonly Instruction[] {
  const writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
  if (name === 'openat') return withoutFlags(2, writes, errno);
  if (name === 'open') return withoutFlags(1, writes, errno);
  if (name !== 'clone') return [allow];
  return [
    [LOAD_WORD, 0, 0, argument(0)],
    [JUMP_SET, 1, 0, CLONE_VM],
    refuse(errno),
    ...withoutFlags(0, CLONE_NEW, errno),
  ];
}

/** Allows a call whose argument has none of some flags. */
function withoutFlags(index: number, flags: number, errno: number): readonly Instruction[] {
  return [[LOAD_WORD, 0, 0, argument(index)], [JUMP_SET, 0, 1, flags], refuse(errno), allow];
}
