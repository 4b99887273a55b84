import { parseExact } from '@slipway/json';
import { invalidField } from '../field.js';
import { goArchitectures, seccompArchitectures } from './seccomp-calls.js';
import type { OciSeccomp, OciSyscallArgument, OciSyscallRule } from '../types.js';

type Json = Record<string, unknown>;

const actions = new Set([
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
]);
const operators = new Set(['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map((name) => `SCMP_CMP_${name}`));

export interface ProfileContext {
  /** The field that named the profile, for errors. */
  field: string;
  /** As process.arch. */
  arch: string;
  capabilities: readonly string[];
  /** The kernel's `major.minor`. */
  kernel: readonly [number, number];
}

/**
 * A Localhost profile as config.json takes it. Read are the OCI form and Docker's,
 * which has conditions on capabilities, architecture and kernel (includes, excludes),
 * an archMap and single names. @throws SlipwayError INVALID_REQUEST
 */
export function convertSeccompProfile(text: string, context: ProfileContext): OciSeccomp {
  const fault = (problem: string, cause?: unknown): Error => invalidField(context.field, problem, { cause });
  let parsed: unknown;
  try {
    parsed = parseExact(text);
  } catch (cause) {
    throw fault('the seccomp profile is no JSON', cause);
  }
  if (!isObject(parsed)) throw fault('the seccomp profile is no JSON object');
  const profile = parsed;
  const rules = list(profile.syscalls, 'syscalls', fault).filter((rule) => applies(rule, context, fault));
  return {
    defaultAction: action(profile.defaultAction, 'defaultAction', fault),
    ...optional('defaultErrnoRet', profile.defaultErrnoRet, isUint, fault),
    ...architectures(profile, context, fault),
    ...optional('flags', profile.flags, isTexts, fault),
    ...optional('listenerPath', profile.listenerPath, isText, fault),
    ...optional('listenerMetadata', profile.listenerMetadata, isText, fault),
    ...(rules.length > 0 ? { syscalls: rules.map((rule, index) => convertRule(rule, index, fault)) } : {}),
  };
}

type Fault = (problem: string) => Error;

function convertRule(rule: Json, index: number, fault: Fault): OciSyscallRule {
  const at = `syscalls[${index}]`;
  const names = isTexts(rule.names) && rule.names.length > 0 ? rule.names : isText(rule.name) ? [rule.name] : undefined;
  if (!names) throw fault(`the seccomp profile's ${at} names no system call`);
  const args = list(rule.args, `${at}.args`, fault).map((arg): OciSyscallArgument => {
    const { index: position, value, valueTwo, op } = arg;
    if (!isUint(position) || position > 5 || !isUint64(value) || !isText(op) || !operators.has(op)) {
      throw fault(`the seccomp profile's ${at}.args is malformed`);
    }
    return { index: position, value, ...(isUint64(valueTwo) ? { valueTwo } : {}), op };
  });
  return {
    names,
    action: action(rule.action, `${at}.action`, fault),
    ...optional('errnoRet', rule.errnoRet, isUint, fault),
    ...(args.length > 0 ? { args } : {}),
  };
}

/** Docker's conditions: includes must all hold, none of excludes may. */
function applies(rule: Json, context: ProfileContext, fault: Fault): boolean {
  const arch = goArchitectures[context.arch] ?? context.arch;
  const atLeast = (version: string): boolean => {
    const match = /^(\d+)\.(\d+)/.exec(version);
    if (!match) throw fault(`the seccomp profile's minKernel ${JSON.stringify(version)} is no version`);
    const [major, minor] = context.kernel;
    return major > Number(match[1]) || (major === Number(match[1]) && minor >= Number(match[2]));
  };
  const includes = condition(rule.includes);
  const excludes = condition(rule.excludes);
  if (includes.arches.length > 0 && !includes.arches.includes(arch)) return false;
  if (!includes.caps.every((name) => context.capabilities.includes(name))) return false;
  if (includes.minKernel && !atLeast(includes.minKernel)) return false;
  if (excludes.arches.includes(arch)) return false;
  if (excludes.caps.some((name) => context.capabilities.includes(name))) return false;
  return !(excludes.minKernel && atLeast(excludes.minKernel));
}

function condition(value: unknown): { arches: string[]; caps: string[]; minKernel: string } {
  const object = isObject(value) ? value : {};
  return {
    arches: isTexts(object.arches) ? object.arches : [],
    caps: isTexts(object.caps) ? object.caps : [],
    minKernel: isText(object.minKernel) ? object.minKernel : '',
  };
}

function architectures(profile: Json, context: ProfileContext, fault: Fault): { architectures?: string[] } {
  if (profile.architectures !== undefined && profile.architectures !== null) {
    if (!isTexts(profile.architectures)) throw fault("the seccomp profile's architectures are no list of names");
    if (profile.architectures.length > 0) return { architectures: profile.architectures };
  }
  const native = seccompArchitectures[context.arch]?.[0];
  for (const entry of list(profile.archMap, 'archMap', fault)) {
    if (entry.architecture !== native || !native) continue;
    return { architectures: [native, ...(isTexts(entry.subArchitectures) ? entry.subArchitectures : [])] };
  }
  return {};
}

function action(value: unknown, at: string, fault: Fault): string {
  if (isText(value) && actions.has(value)) return value;
  throw fault(`the seccomp profile's ${at} is ${JSON.stringify(value) ?? 'missing'}, which is no action`);
}

function optional<K extends string, T>(
  key: K,
  value: unknown,
  test: (value: unknown) => value is T,
  fault: Fault,
): { [P in K]?: T } {
  if (value === undefined || value === null) return {};
  if (!test(value)) throw fault(`the seccomp profile's ${key} is malformed`);
  return { [key]: value } as { [P in K]?: T };
}

function list(value: unknown, at: string, fault: Fault): Json[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw fault(`the seccomp profile's ${at} is no list of objects`);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isUint(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/** An argument of a system call: masks and addresses use all 64 bits. */
function isUint64(value: unknown): value is number | bigint {
  return typeof value === 'bigint' ? value >= 0n && value < 2n ** 64n : isUint(value) && Number.isSafeInteger(value);
}
