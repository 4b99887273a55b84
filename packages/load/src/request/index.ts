export type { BenchOptions } from './bench-options.js';
export { seconds } from './seconds.js';
export { type BenchStage, benchStages, operationsOf } from './targets.js';
export { whole } from './whole.js';
