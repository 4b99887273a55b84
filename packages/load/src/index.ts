export type { LoadPlan } from './bounds.js';
export type { LoadResult } from './result.js';
export { runLoad } from './run-load.js';
export type { Scenario } from './scenario.js';
export { benchScenarios } from './scenarios/for-request.js';
export { htmlReport } from './report/html.js';
export { comparisonText, textReport } from './report/text.js';
