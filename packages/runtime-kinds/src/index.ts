export type { RuntimeCapabilities } from './capabilities.js';
export { capabilitiesOf, type RuntimeKind, runtimeKinds } from './kinds.js';
export { ScratchState } from './scratch-state.js';
