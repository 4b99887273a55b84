export { type Capability, capabilitiesOfMask, capabilityNames } from './names.js';
export { type ProcessKind, type ProcessRights, type ProcessUser, processRights } from './process-rights.js';
