export type { CheckResult, Level } from './level.js';
export { verifyExecutor } from './verify-executor.js';
