/** The parts of the contract, in the order in which they are checked. */
export const levels = ['basic', 'network', 'logs', 'exec', 'streams', 'stats', 'update', 'calls', 'recovery'] as const;
export type Level = (typeof levels)[number];

export interface CheckResult {
  level: Level;
  name: string;
  expected: string;
  came: string;
  result: 'passed' | 'failed' | 'skipped';
  /** Milliseconds. */
  ms: number;
}
