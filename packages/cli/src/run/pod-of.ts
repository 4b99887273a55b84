import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import {
  type ContainerConfig,
  type LinuxContainerSecurityContext,
  NamespaceMode,
  type PodSandboxConfig,
  type PortMapping,
  Protocol,
} from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import type { Init } from '@slipway/protobuf';

/** The options of `slipway run`. */
export interface RunOptions {
  detach?: boolean;
  interactive?: boolean;
  tty?: boolean;
  rm?: boolean;
  name?: string;
  namespace: string;
  network: string;
  env: string[];
  volume: string[];
  publish: string[];
  workdir?: string;
  user?: string;
  entrypoint?: string;
  privileged?: boolean;
  readOnly?: boolean;
  handler?: string;
  pull: string;
  json?: boolean;
}

/** A pod with one container, both called the same, and the container's log below `logs`. */
export interface RunPod {
  pod: Init<PodSandboxConfig>;
  container: Init<ContainerConfig>;
}

const namePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The log directory of a pod that `slipway run` made, below the node's data directory. */
export function runLogDirectory(root: string, uid: string): string {
  return join(root, 'run-logs', uid);
}

/** @throws INVALID_REQUEST naming the option */
export function podOf(image: string, args: readonly string[], options: RunOptions, root: string): RunPod {
  const uid = randomUUID();
  const name = options.name ?? `run-${uid.slice(0, 8)}`;
  for (const [option, word] of [
    ['--name', name],
    ['--namespace', options.namespace],
  ] as const) {
    if (!namePattern.test(word)) throw wrong(option, word, 'letters a to z, digits and dashes, 63 at most');
  }
  const host = options.network === 'host';
  if (host && options.publish.length > 0) {
    throw new SlipwayError('INVALID_REQUEST', "--publish: on the host's network the container's ports are the host's");
  }
  const namespaceOptions = { network: host ? NamespaceMode.NODE : NamespaceMode.POD, pid: NamespaceMode.CONTAINER };
  return {
    pod: {
      metadata: { name, namespace: options.namespace, uid, attempt: 0 },
      ...(host ? {} : { hostname: name }),
      logDirectory: runLogDirectory(root, uid),
      labels: { 'slipway.dev/run': name },
      portMappings: options.publish.map(readPort),
      linux: { securityContext: { namespaceOptions, privileged: options.privileged ?? false } },
    },
    container: {
      metadata: { name, attempt: 0 },
      image: { image },
      command: options.entrypoint === undefined ? [] : [options.entrypoint],
      args: [...args],
      workingDir: options.workdir ?? '',
      envs: options.env.map(readVariable),
      mounts: options.volume.map(readVolume),
      labels: { 'slipway.dev/run': name },
      logPath: `${name}.log`,
      stdin: options.interactive ?? false,
      stdinOnce: options.interactive ?? false,
      tty: options.tty ?? false,
      linux: {
        securityContext: {
          namespaceOptions,
          privileged: options.privileged ?? false,
          readonlyRootfs: options.readOnly ?? false,
          ...(options.user === undefined ? {} : readUser(options.user)),
        },
      },
    },
  };
}

/** `NAME=value`, or the name of a variable of this process. */
function readVariable(word: string): { key: string; value: Uint8Array } {
  const equals = word.indexOf('=');
  if (equals === 0 || word === '') throw wrong('--env', word, 'NAME=value');
  const value = equals < 0 ? (process.env[word] ?? '') : word.slice(equals + 1);
  return { key: equals < 0 ? word : word.slice(0, equals), value: Buffer.from(value) };
}

function readVolume(word: string): { hostPath: string; containerPath: string; readonly: boolean } {
  const [hostPath, containerPath, mode = 'rw', ...rest] = word.split(':');
  const known = rest.length === 0 && ['ro', 'rw'].includes(mode);
  if (!hostPath || !containerPath?.startsWith('/') || !known)
    throw wrong('--volume', word, '<path of the host>:<absolute path in the container>[:ro]');
  return { hostPath: resolve(hostPath), containerPath, readonly: mode === 'ro' };
}

/** `[address:]<port of the host>:<port>[/udp]`. */
function readPort(word: string): Init<PortMapping> {
  const form = '[<address>:]<port of the host>:<port>[/tcp|udp|sctp]';
  const [, hostIp = '', hostPort, containerPort, name = 'tcp'] =
    /^(?:(.+):)?(\d{1,5}):(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(word) ?? [];
  const numbers = [Number(hostPort), Number(containerPort)];
  if (hostPort === undefined || numbers.some((port) => port < 1 || port > 65_535)) throw wrong('--publish', word, form);
  const protocol = { tcp: Protocol.TCP, udp: Protocol.UDP, sctp: Protocol.SCTP }[name];
  return { hostIp: hostIp.replace(/^\[(.*)\]$/, '$1'), hostPort: numbers[0], containerPort: numbers[1], protocol };
}

/** `uid`, `uid:gid` or a name that the image knows. */
function readUser(word: string): Init<LinuxContainerSecurityContext> {
  const [, user = '', group] = /^([^:]+)(?::(\d+))?$/.exec(word) ?? [];
  if (user === '') throw wrong('--user', word, '<uid or name>[:<gid>]');
  const runAsGroup = group === undefined ? {} : { runAsGroup: { value: BigInt(group) } };
  return /^\d+$/.test(user)
    ? { runAsUser: { value: BigInt(user) }, ...runAsGroup }
    : { runAsUsername: user, ...runAsGroup };
}

function wrong(option: string, word: string, form: string): SlipwayError {
  return new SlipwayError('INVALID_REQUEST', `${option} ${JSON.stringify(word)}: write it as ${form}`);
}
