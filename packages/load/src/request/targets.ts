/** Targets of load. */
export const benchStages = ['gateway', 'puller', 'builder', 'executor', 'pipeline', 'cri'] as const;
export type BenchStage = (typeof benchStages)[number];

/** Operations of stages that are called directly, the default first. CRI's own are with its scenario. */
export const directOperations = {
  puller: ['pull'],
  builder: ['bundle'],
  executor: ['pod', 'sandbox', 'container'],
  pipeline: ['pod'],
} as const;

export type DirectStage = keyof typeof directOperations;

const criOperations = { gateway: 'list, status, stats, pod, exec', cri: 'pod, list, status, exec, stats' };

export function isDirect(stage: BenchStage): stage is DirectStage {
  return stage in directOperations;
}

/** For people: the operations of a stage, the default first. */
export function operationsOf(stage: BenchStage): string {
  return isDirect(stage) ? directOperations[stage].join(', ') : criOperations[stage];
}
