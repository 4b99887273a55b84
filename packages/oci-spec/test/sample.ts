import { capabilityNames } from '@slipway/capabilities';
import { HandlerInfo } from '@slipway/contracts';
import { ContainerConfig, PodSandboxConfig } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import type { HostFacts, ImageConfig, SpecInput } from '../src/index.js';

export const host: HostFacts = {
  arch: 'x64',
  kernel: [6, 1],
  minOomScoreAdj: -1000,
  swapAccounting: true,
  hugetlb: true,
  capabilities: capabilityNames,
  apparmor: { enabled: false, defaultProfile: '' },
  selinux: false,
};

export const image: ImageConfig = {
  user: '',
  env: ['PATH=/usr/bin:/bin', 'LANG=C'],
  entrypoint: ['/entry'],
  cmd: ['serve'],
  workingDir: '/srv',
  stopSignal: '',
  volumes: [],
};

/** Input of a plain container, with parts of it replaced. */
export function sample(
  container: Init<ContainerConfig> = {},
  rest: Partial<Omit<SpecInput, 'container' | 'pod'>> & { pod?: Init<PodSandboxConfig> } = {},
): SpecInput {
  const { pod, ...others } = rest;
  return {
    containerId: 'c'.repeat(64),
    sandboxId: '5'.repeat(64),
    pod: PodSandboxConfig.create({
      metadata: { name: 'web', namespace: 'default', uid: 'u' },
      hostname: 'web',
      ...pod,
    }),
    container: ContainerConfig.create({ metadata: { name: 'main' }, ...container }),
    image,
    handler: HandlerInfo.create({
      kind: 'runc',
      cgroupDriver: 'cgroupfs',
      cgroupMode: 'v2',
      seccomp: true,
      recursiveReadOnlyMounts: true,
    }),
    host,
    user: { uid: 0, gid: 0, additionalGids: [0], home: '/root' },
    rootfs: '/bundles/c/rootfs',
    hostname: 'web',
    namespaces: { net: '/ns/net', ipc: '/ns/ipc', uts: '/ns/uts', pid: '/proc/77/ns/pid' },
    targetPid: 0,
    cgroupParent: '/kubepods/pod1',
    mounts: [],
    files: { resolvConf: '/s/resolv.conf', hostname: '/s/hostname', hosts: '/s/hosts', shm: '/s/shm' },
    devices: [],
    hostDevices: [],
    passAnnotations: [],
    ...others,
  };
}

/** A mount of the CRI's as the builder resolves one. */
export function mount(
  containerPath: string,
  more: Partial<SpecInput['mounts'][number]> = {},
): SpecInput['mounts'][number] {
  return {
    field: 'mounts[0]',
    containerPath,
    source: '/host',
    readonly: false,
    recursiveReadOnly: false,
    propagation: 0,
    ...more,
  };
}

/** For assert.throws: a refusal that names `field`. */
export function refusal(field: string, code = 'INVALID_REQUEST'): (error: unknown) => boolean {
  return (error) => {
    const { code: got, message } = error as { code?: string; message: string };
    if (got !== code || !message.startsWith(`${field}:`))
      throw new Error(`wanted ${code} ${field}, got ${got} ${message}`);
    return true;
  };
}
