export { answerCheck } from './answer-check.js';
export type { CheckRequest } from './check-tree.js';
