import type { PodSandboxConfig } from '@slipway/cri';
import { capabilitiesOf } from '@slipway/runtime-kinds';
import { specAnnotations } from './annotations.js';
import { cgroupDriver, cgroupsPath } from './resources/cgroups.js';
import { idMaps, ociVersion, requireUserNamespace } from './generate.js';
import type { HandlerFacts, HostFacts } from './input.js';
import type { PodNamespaces } from './namespaces.js';
import { defaultPath } from './process/process.js';
import { oomScoreAdj } from './resources/resources.js';
import { defaultSeccomp } from './security/seccomp-default.js';
import { defaultMaskedPaths, defaultReadonlyPaths } from './security/security.js';
import type { OciNamespace, OciSpec } from './types.js';
import { userNamespace } from './user-namespace.js';

/** nobody's neighbour: no file of the host's or of an image's belongs to it. */
const infraId = 65535;
/** As kubelets score their pods' infrastructure: killed last but for the node's own daemons. */
const infraOomScoreAdj = -998n;

export interface InfraSpecInput {
  sandboxId: string;
  pod: PodSandboxConfig;
  handler: HandlerFacts;
  host: HostFacts;
  /** Absolute path; holds nothing but the init. */
  rootfs: string;
  /** The init's command line within the rootfs. */
  args: string[];
  hostname: string;
  /** net, ipc and uts as the sandbox pins them; what is missing is the host's. pid is not looked at. */
  namespaces: PodNamespaces;
  /** Whether the host's pid namespace is the pod's. */
  hostPid: boolean;
  cgroupParent: string;
  passAnnotations: readonly string[];
}

/** config.json of a sandbox's infra container: it holds the pod's pid namespace, or is the sandbox itself (gVisor). */
export function generateInfraSpec(input: InfraSpecInput): OciSpec {
  const { handler, host, namespaces: pod } = input;
  const runtime = capabilitiesOf(handler.kind);
  const namespaces: OciNamespace[] = [{ type: 'mount' }];
  if (!input.hostPid) namespaces.push({ type: 'pid' });
  if (pod.net) namespaces.push({ type: 'network', path: pod.net });
  if (pod.ipc) namespaces.push({ type: 'ipc', path: pod.ipc });
  if (pod.uts) namespaces.push({ type: 'uts', path: pod.uts });
  if (pod.user) namespaces.push({ type: 'user', path: pod.user });
  const mappings = userNamespace(input.pod.linux?.securityContext?.namespaceOptions);
  requireUserNamespace(mappings, handler, pod);
  const uid = Math.min(infraId, (mappings?.uid.size ?? Infinity) - 1);
  const gid = Math.min(infraId, (mappings?.gid.size ?? Infinity) - 1);
  const annotations = specAnnotations({
    pod: input.pod,
    sandboxId: input.sandboxId,
    pass: input.passAnnotations,
    runtime,
  });
  const seccomp = handler.seccomp && runtime.hostKernel ? defaultSeccomp([], host.arch) : undefined;
  return {
    ociVersion,
    ...(!runtime.hostKernel && pod.uts ? { hostname: input.hostname } : {}),
    root: { path: input.rootfs, readonly: true },
    process: {
      terminal: false,
      user: { uid, gid },
      args: input.args,
      env: [`PATH=${defaultPath}`],
      cwd: '/',
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
      noNewPrivileges: true,
      oomScoreAdj: oomScoreAdj(infraOomScoreAdj, host.minOomScoreAdj),
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'strictatime', 'mode=755', 'size=64k'],
      },
    ],
    ...(annotations ? { annotations } : {}),
    linux: {
      namespaces,
      ...idMaps(mappings),
      cgroupsPath: cgroupsPath(cgroupDriver(handler.cgroupDriver), input.cgroupParent, input.sandboxId),
      resources: { devices: [{ allow: false, access: 'rwm' }], cpu: { shares: 2 } },
      ...(seccomp ? { seccomp } : {}),
      maskedPaths: [...defaultMaskedPaths],
      readonlyPaths: [...defaultReadonlyPaths],
    },
  };
}
