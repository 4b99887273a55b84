import { existsSync, readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { capabilityNames } from '@slipway/capabilities';
import type { Settings } from '@slipway/config';
import { HandlerInfo } from '@slipway/contracts';
import { MountPropagation, NamespaceMode, type ContainerConfig } from '@slipway/cri';
import {
  generateSpec,
  type HostFacts,
  parseImageConfig,
  resolveUser,
  specJson,
  unsupportedField,
  userNamespace,
  wantedSeccomp,
} from '@slipway/oci-spec';
import type { BuildOptions } from './options.js';
import { readContainerConfig, readPodConfig } from './cri-json.js';
import { loneSandbox } from './lone-sandbox.js';
import { nodeImage, withNode } from '@slipway/node-client';

/**
 * The config.json of a container, as on a host that grants everything: nothing is mounted, looked up or
 * made. Host paths stay as they were given, users must be numbers, and what only a host can tell is refused.
 */
export async function printSpec(settings: Settings, options: BuildOptions): Promise<string> {
  const pod = readPodConfig(options.pod);
  const container = readContainerConfig(options.container);
  refuseLookUps(container);
  const image = parseImageConfig(await imageConfig(settings, options));
  const sandbox = loneSandbox(pod, settings.cgroup.parent, '');
  const podOptions = pod.linux?.securityContext?.namespaceOptions;
  const { net, ipc, uts, pid } = sandbox.namespaces;
  const seccomp = wantedSeccomp(container.linux?.securityContext);
  const kind = settings.runtime.handlers[options.handler ?? '']?.kind ?? options.handler ?? 'runc';
  const spec = generateSpec({
    containerId: sandbox.id,
    sandboxId: sandbox.id,
    pod,
    container,
    image,
    handler: HandlerInfo.create({
      kind,
      recursiveReadOnlyMounts: true,
      userNamespaces: true,
      seccomp: true,
      cgroupDriver: settings.cgroup.driver,
      cgroupMode: existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'v2' : 'v1',
    }),
    host: generousHost(),
    user: resolveUser({ security: container.linux?.securityContext, image, passwd: '', group: '' }),
    rootfs: 'rootfs',
    hostname: (podOptions?.network === NamespaceMode.NODE ? '' : pod.hostname) || hostname(),
    namespaces: { net, ipc, uts, pid, user: userNamespace(podOptions) ? '' : undefined },
    targetPid: 0,
    cgroupParent: sandbox.cgroupParent,
    mounts: hostMounts(container),
    files: {},
    devices: [],
    hostDevices: [],
    seccompProfile: seccomp.kind === 'localhost' ? readFileSync(seccomp.ref, 'utf8') : undefined,
    passAnnotations: settings.runtime.passAnnotations,
  });
  return specJson(spec);
}

function refuseLookUps({ devices, CDIDevices, mounts }: ContainerConfig): void {
  const why = 'it has to be looked up on a node: leave --spec-only away';
  if (devices.length > 0) throw unsupportedField('devices', why);
  if (CDIDevices.length > 0) throw unsupportedField('CDI_devices', why);
  const index = mounts.findIndex(({ image }) => image?.image);
  if (index >= 0) throw unsupportedField(`mounts[${index}].image`, why);
}

async function imageConfig(
  settings: Settings,
  { image, imageConfig: file }: BuildOptions,
): Promise<Uint8Array | string> {
  if (file) return readFileSync(file, 'utf8');
  if (image) return (await withNode(settings, (node) => nodeImage(node, image))).config;
  return '{}';
}

function generousHost(): HostFacts {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return {
    arch: process.arch,
    kernel: [major, minor],
    minOomScoreAdj: -1000,
    swapAccounting: true,
    hugetlb: true,
    capabilities: capabilityNames,
    apparmor: { enabled: false, defaultProfile: '' },
    selinux: false,
  };
}

function hostMounts(container: ContainerConfig) {
  return container.mounts.flatMap((mount, index) =>
    mount.image?.image
      ? []
      : {
          field: `mounts[${index}]`,
          containerPath: mount.containerPath,
          source: mount.hostPath,
          readonly: mount.readonly,
          recursiveReadOnly: mount.recursiveReadOnly,
          propagation: mount.propagation,
          sourcePropagation:
            mount.propagation === MountPropagation.PROPAGATION_PRIVATE ? undefined : ('shared' as const),
        },
  );
}
