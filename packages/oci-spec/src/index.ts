export {
  type CdiDeviceNode,
  cdiDeviceNames,
  type CdiEdits,
  type CdiSpec,
  mergeCdiEdits,
  parseCdiSpec,
} from './mounts/cdi.js';
export { type CgroupDriver, cgroupDriver, cgroupsPath, ownCgroupParent } from './resources/cgroups.js';
export { cpuShares, cpuWeight } from './resources/cpu-weight.js';
export { deviceAccess, devicePath } from './mounts/devices.js';
export { invalidField, unsupportedField } from './field.js';
export { containerLabels, generateSpec, requireUserNamespace } from './generate.js';
export { type ImageConfig, parseImageConfig } from './image-config.js';
export { generateInfraSpec, type InfraSpecInput } from './infra.js';
export type {
  HandlerFacts,
  HostFacts,
  ResolvedDevice,
  ResolvedMount,
  SandboxFiles,
  SpecInput,
} from './input.js';
export { mergeResources } from './resources/merge-resources.js';
export { integer, parseSpec, specJson } from './json.js';
export { mountDestination } from './mounts/mounts.js';
export type { PodNamespaces } from './namespaces.js';
export { processCwd } from './process/process.js';
export { containerResources, oomScoreAdj, weightFile } from './resources/resources.js';
export { wantedSeccomp } from './security/seccomp.js';
export { wantedApparmor } from './security/security.js';
export type { WantedProfile } from './security/security-profile.js';
export { signalNumber, stopSignal } from './process/signals.js';
export { podSysctls } from './sysctls.js';
export { swapFile, swapMax, swapTogether } from './resources/swap-max.js';
export type * from './types.js';
export { containerUser, type ResolvedUser, resolveUser } from './process/user.js';
export {
  containerUserNamespace,
  type IdMappings,
  mountMappings,
  userMapping,
  userNamespace,
} from './user-namespace.js';
