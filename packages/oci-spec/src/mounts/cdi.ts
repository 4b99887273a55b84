import { posix } from 'node:path';
import type { ContainerConfig } from '@slipway/cri';
import { invalidField } from '../field.js';
import type { HookKind, OciHook } from '../types.js';

/** The edits of a container for a device: the Container Device Interface's containerEdits (SPEC.md 0.3 to 1.0). */
export interface CdiEdits {
  env: string[];
  deviceNodes: CdiDeviceNode[];
  mounts: { hostPath: string; containerPath: string; type: string; options: string[] }[];
  hooks: { kind: HookKind; hook: OciHook }[];
  additionalGids: number[];
}

/** A device node; what is left out is looked up on the host. */
export interface CdiDeviceNode {
  path: string;
  hostPath: string;
  permissions: string;
  fileMode?: number | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
}

export interface CdiSpec {
  /** `vendor.com/class`. */
  kind: string;
  /** For every device of the spec. */
  edits: CdiEdits;
  devices: Map<string, CdiEdits>;
}

const kindPattern = /^[A-Za-z][\w.-]*\/[A-Za-z][\w-]*$/;
const namePattern = /^[A-Za-z][\w.-]*\/[A-Za-z][\w-]*=[A-Za-z0-9][\w.:-]*$/;
const annotationPrefix = 'cdi.k8s.io/';

/** The CDI devices that a container asks for, by field and by annotation, each once. */
export function cdiDeviceNames(
  container: Pick<ContainerConfig, 'CDIDevices' | 'annotations'>,
): { field: string; name: string }[] {
  const wanted = container.CDIDevices.map(({ name }, index) => ({ field: `CDI_devices[${index}]`, name }));
  for (const [key, value] of Object.entries(container.annotations)) {
    if (!key.startsWith(annotationPrefix)) continue;
    for (const name of value.split(',')) wanted.push({ field: `annotations[${key}]`, name: name.trim() });
  }
  const unique = new Map<string, { field: string; name: string }>();
  for (const { field, name } of wanted) {
    if (!namePattern.test(name)) {
      throw invalidField(field, `${JSON.stringify(name)} is no device name such as vendor.com/class=name`);
    }
    if (!unique.has(name)) unique.set(name, { field, name });
  }
  return [...unique.values()];
}

type Json = Record<string, unknown>;
const hookKinds = new Set<string>([
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] satisfies HookKind[]);

/** Reads a CDI spec, parsed from its file's JSON or YAML. @throws Error that says what is wrong with it */
export function parseCdiSpec(document: unknown): CdiSpec {
  const spec = object(document, 'the spec');
  const kind = string(spec, 'kind');
  if (!kindPattern.test(kind)) throw new Error(`kind ${JSON.stringify(kind)} is no vendor.com/class`);
  const devices = new Map<string, CdiEdits>();
  for (const device of objects(spec, 'devices')) {
    const name = string(device, 'name');
    if (devices.has(name)) throw new Error(`device ${name} is there twice`);
    devices.set(name, edits(device.containerEdits));
  }
  return { kind, edits: edits(spec.containerEdits), devices };
}

/** Several devices' edits as one, in their order. */
export function mergeCdiEdits(all: readonly CdiEdits[]): CdiEdits {
  return {
    env: all.flatMap((one) => one.env),
    deviceNodes: all.flatMap((one) => one.deviceNodes),
    mounts: all.flatMap((one) => one.mounts),
    hooks: all.flatMap((one) => one.hooks),
    additionalGids: [...new Set(all.flatMap((one) => one.additionalGids))],
  };
}

function edits(value: unknown): CdiEdits {
  const from = value === undefined || value === null ? {} : object(value, 'containerEdits');
  return {
    env: strings(from, 'env'),
    deviceNodes: objects(from, 'deviceNodes').map((node) => ({
      path: absolute(string(node, 'path')),
      hostPath: absolute(string(node, 'hostPath', true) || string(node, 'path')),
      permissions: string(node, 'permissions', true) || 'rwm',
      fileMode: natural(node, 'fileMode'),
      uid: natural(node, 'uid'),
      gid: natural(node, 'gid'),
    })),
    mounts: objects(from, 'mounts').map((mount) => ({
      hostPath: string(mount, 'hostPath'),
      containerPath: absolute(string(mount, 'containerPath')),
      type: string(mount, 'type', true) || 'bind',
      options: mount.options ? strings(mount, 'options') : ['rbind', 'rprivate', 'ro'],
    })),
    hooks: objects(from, 'hooks').map(hook),
    // The root group is nobody's to hand out.
    additionalGids: numbers(from, 'additionalGids').filter((gid) => gid !== 0),
  };
}

function hook(entry: Json): CdiEdits['hooks'][number] {
  const kind = string(entry, 'hookName');
  if (!hookKinds.has(kind)) throw new Error(`hook ${JSON.stringify(kind)} is none that the OCI runtime-spec has`);
  const [args, env, timeout] = [strings(entry, 'args'), strings(entry, 'env'), natural(entry, 'timeout')];
  return {
    kind: kind as HookKind,
    hook: {
      path: absolute(string(entry, 'path')),
      ...(args.length > 0 ? { args } : {}),
      ...(env.length > 0 ? { env } : {}),
      ...(timeout ? { timeout } : {}),
    },
  };
}

function object(value: unknown, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new Error(`${what} is no object`);
}

function objects(from: Json, key: string): Json[] {
  const value = from[key] ?? [];
  if (!Array.isArray(value)) throw new Error(`${key} is no list`);
  return value.map((item) => object(item, key));
}

function string(from: Json, key: string, optional = false): string {
  const value = from[key] ?? '';
  if (typeof value === 'string' && !value.includes('\0') && (value !== '' || optional)) return value;
  throw new Error(`${key} is no text`);
}

function strings(from: Json, key: string): string[] {
  const value = from[key] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new Error(`${key} is no list of texts`);
}

function numbers(from: Json, key: string): number[] {
  const value = from[key] ?? [];
  if (Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= 0)) return value as number[];
  throw new Error(`${key} is no list of numbers`);
}

function natural(from: Json, key: string): number | undefined {
  const value = from[key] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${key} is no number`);
}

function absolute(path: string): string {
  if (!path.startsWith('/')) throw new Error(`${JSON.stringify(path)} is not absolute`);
  return posix.normalize(path);
}
