/** What can be put under load. */
export const benchStages = ['gateway', 'cri'] as const;
export type BenchStage = (typeof benchStages)[number];

const operations: Record<BenchStage, string> = {
  gateway: 'list, status, stats, pod, exec',
  cri: 'pod, list, status, exec, stats',
};

/** For people: the operations of a stage, the default first. */
export function operationsOf(stage: BenchStage): string {
  return operations[stage];
}
