export type { LoadSample, ScaleLimits } from './control/scale-decision.js';
export type { RoleKey } from './supervisor/keys.js';
export type { Permissions, Role } from './supervisor/permissions.js';
export type { ProcessSpec } from './supervisor/process.js';
export type { UpState } from './supervisor/state-file.js';
export type { Stage } from './supervisor/services.js';
