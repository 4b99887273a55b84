export { limitsOf } from './control/autoscaler.js';
export { type LoadSample, ScaleDecision, type ScaleLimits } from './control/scale-decision.js';
export { ensureKeys, type RoleKey } from './supervisor/keys.js';
export { natsServer } from './supervisor/nats-server.js';
export { type Permissions, permissionsOf, type Role, roles } from './supervisor/permissions.js';
export { type ProcessSpec, SupervisedProcess } from './supervisor/process.js';
export { redisServer } from './supervisor/redis-server.js';
export type { UpState } from './supervisor/state-file.js';
export { entryOf, nodeFlags, type Stage } from './supervisor/services.js';
