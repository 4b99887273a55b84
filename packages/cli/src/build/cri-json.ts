import { readFileSync } from 'node:fs';
import {
  Capability,
  CDIDevice,
  ContainerConfig,
  ContainerMetadata,
  Device,
  DNSConfig,
  HugepageLimit,
  IDMapping,
  ImageSpec,
  Int64Value,
  KeyValue,
  LinuxContainerConfig,
  LinuxContainerResources,
  LinuxContainerSecurityContext,
  LinuxPodSandboxConfig,
  LinuxSandboxSecurityContext,
  Mount,
  MountPropagation,
  NamespaceMode,
  NamespaceOption,
  PodSandboxConfig,
  PodSandboxMetadata,
  PortMapping,
  Protocol,
  SecurityProfile,
  SecurityProfile_ProfileType as ProfileType,
  SELinuxOption,
  Signal,
  SupplementalGroupsPolicy,
  UserNamespace,
} from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { parseExact } from '@slipway/json';

/** Types of a message's fields besides texts, numbers and the like, which its empty form shows. */
interface Shape {
  create(init: object): object;
  messages?: Record<string, Shape>;
  enums?: Record<string, Record<string, number>>;
}

function shape(
  codec: { create(init: never): object },
  messages: Record<string, Shape> = {},
  enums: Record<string, Record<string, number>> = {},
): Shape {
  return { create: (init) => codec.create(init as never), messages, enums };
}

const id = shape(IDMapping);
const int64 = shape(Int64Value);
const selinuxOptions = shape(SELinuxOption);
const profile = shape(SecurityProfile, {}, { profileType: ProfileType });
const image = shape(ImageSpec);
const namespaceOptions = shape(
  NamespaceOption,
  { usernsOptions: shape(UserNamespace, { uids: id, gids: id }, { mode: NamespaceMode }) },
  { network: NamespaceMode, pid: NamespaceMode, ipc: NamespaceMode },
);
const resources = shape(LinuxContainerResources, { hugepageLimits: shape(HugepageLimit) });
const security = {
  namespaceOptions,
  selinuxOptions,
  runAsUser: int64,
  runAsGroup: int64,
  seccomp: profile,
  apparmor: profile,
};
const policy = { supplementalGroupsPolicy: SupplementalGroupsPolicy };

const podShape = shape(PodSandboxConfig, {
  metadata: shape(PodSandboxMetadata),
  dnsConfig: shape(DNSConfig),
  portMappings: shape(PortMapping, {}, { protocol: Protocol }),
  linux: shape(LinuxPodSandboxConfig, {
    securityContext: shape(LinuxSandboxSecurityContext, security, policy),
    overhead: resources,
    resources,
  }),
});
const containerShape = shape(
  ContainerConfig,
  {
    metadata: shape(ContainerMetadata),
    image,
    envs: shape(KeyValue),
    mounts: shape(Mount, { uidMappings: id, gidMappings: id, image }, { propagation: MountPropagation }),
    devices: shape(Device),
    CDIDevices: shape(CDIDevice),
    linux: shape(LinuxContainerConfig, {
      resources,
      securityContext: shape(LinuxContainerSecurityContext, { ...security, capabilities: shape(Capability) }, policy),
    }),
  },
  { stopSignal: Signal },
);

/** Lists of numbers that are int64, whose empty form does not show it. */
const int64Lists = new Set(['supplementalGroups']);

export function readPodConfig(file: string): PodSandboxConfig {
  return podShape.create(convert(podShape, readJson(file), file)) as PodSandboxConfig;
}

export function readContainerConfig(file: string): ContainerConfig {
  return containerShape.create(convert(containerShape, readJson(file), file)) as ContainerConfig;
}

function readJson(file: string): unknown {
  try {
    return parseExact(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new SlipwayError('INVALID_REQUEST', `${file}: ${(cause as Error).message}`, { cause });
  }
}

/** A message from its JSON (protobuf's JSON mapping, field names in either form). Throws INVALID_REQUEST with the path. */
function convert(type: Shape, json: unknown, path: string): object {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong(path, 'an object');
  const empty = type.create({}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value]) => {
      const name = fieldName(key, empty);
      const at = `${path}: ${key}`;
      if (name === undefined) throw new SlipwayError('INVALID_REQUEST', `${at}: there is no such field`);
      // JSON's null is protobuf's "not set".
      return value === null ? [] : [[name, fieldValue(type, name, empty[name], value, at)]];
    }),
  );
}

function fieldName(key: string, empty: Record<string, unknown>): string | undefined {
  const camel = key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return [key, camel].find((name) => name in empty);
}

function fieldValue(type: Shape, name: string, empty: unknown, value: unknown, path: string): unknown {
  const inner = type.messages?.[name];
  if (Array.isArray(empty)) {
    if (!Array.isArray(value)) throw wrong(path, 'a list');
    return value.map((item: unknown, index) => {
      const at = `${path}[${index}]`;
      if (inner) return convert(inner, item, at);
      return scalar(int64Lists.has(name) ? 0n : '', item, at);
    });
  }
  if (inner) return convert(inner, value, path);
  const names = type.enums?.[name];
  if (names && typeof value === 'string') {
    if (names[value] === undefined) throw wrong(path, `one of ${Object.keys(names).join(', ')}`);
    return names[value];
  }
  if (typeof empty === 'object' && empty !== null && !(empty instanceof Uint8Array)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object of texts');
    return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, scalar('', text, `${path}.${key}`)]));
  }
  return scalar(empty, value, path);
}

function scalar(empty: unknown, value: unknown, path: string): unknown {
  if (typeof empty === 'bigint') {
    if (typeof value === 'bigint') return value;
    if (typeof value === 'string' ? /^-?\d+$/.test(value) : Number.isSafeInteger(value)) return BigInt(value as string);
    throw wrong(path, 'a whole number');
  }
  // crictl's files hold plain texts where the message holds bytes.
  if (empty instanceof Uint8Array && typeof value === 'string') return Buffer.from(value);
  if (typeof value === typeof empty) return value;
  throw wrong(path, `a ${typeof empty}`);
}

function wrong(path: string, wanted: string): SlipwayError {
  return new SlipwayError('INVALID_REQUEST', `${path}: it is not ${wanted}`);
}
