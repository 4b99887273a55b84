export { type Capability, capabilitiesOfMask, capabilityNames } from './names.js';
export { type ProcessKind, type ProcessRights, type ProcessUser, processRights } from './process-rights.js';
export { type DirectoryName, type DirectoryRights, directoryRights } from './directory-rights.js';
export { type SystemCallProfile, type SystemCallRules, systemCallRules } from './system-calls.js';
