export type { UpgradeOutcome } from './hand-over.js';
export { watchNpm } from './npm-parent.js';
export { entryOf } from './services.js';
export { readUpState, type UpgradeState, type UpState } from './state-file.js';
export { supervisorOf } from './state-lock.js';
export { installationMark } from './upgrade/installation.js';
