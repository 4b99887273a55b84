export { type CdiDeviceNode, cdiDeviceNames, type CdiEdits, type CdiSpec, mergeCdiEdits, parseCdiSpec } from './cdi.js';
export { type CgroupDriver, cgroupDriver, cgroupsPath, ownCgroupParent } from './cgroups.js';
export { cpuShares, cpuWeight } from './cpu-weight.js';
export { deviceAccess, devicePath } from './devices.js';
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
export { mergeResources } from './merge-resources.js';
export { integer, parseSpec, specJson } from './json.js';
export { mountDestination } from './mounts.js';
export type { PodNamespaces } from './namespaces.js';
export { processCwd } from './process.js';
export { containerResources, oomScoreAdj, weightFile } from './resources.js';
export { wantedSeccomp } from './seccomp.js';
export { wantedApparmor } from './security.js';
export type { WantedProfile } from './security-profile.js';
export { signalNumber, stopSignal } from './signals.js';
export { podSysctls } from './sysctls.js';
export { swapFile, swapMax, swapTogether } from './swap-max.js';
export type * from './types.js';
export { containerUser, type ResolvedUser, resolveUser } from './user.js';
export {
  containerUserNamespace,
  type IdMappings,
  mountMappings,
  userMapping,
  userNamespace,
} from './user-namespace.js';
