import { type BenchedStage, stageNames, stages } from '@slipway/stages';

/** Operations of the targets that are called on their subjects, the default first. */
const directOperations: ReadonlyMap<string, readonly string[]> = new Map([
  ...stageNames.flatMap((stage): [string, readonly string[]][] => {
    const { bench } = stages[stage];
    return bench === undefined ? [] : [[stage, bench]];
  }),
  ['pipeline', ['pod']],
]);

/** A target that is loaded on its subjects. */
export type DirectStage = BenchedStage | 'pipeline';
/** Those that are loaded through a CRI socket: the CRI's operations are with its scenario. */
const criOperations = { gateway: 'list, status, stats, pod, exec', cri: 'pod, list, status, exec, stats' };
export type BenchStage = DirectStage | keyof typeof criOperations;

/** Targets of load. */
export const benchStages = [
  ...stageNames.filter((stage) => stage in criOperations || directOperations.has(stage)),
  'pipeline',
  'cri',
] as readonly BenchStage[];

export function isDirect(stage: BenchStage): stage is DirectStage {
  return directOperations.has(stage);
}

/** The operations of a target that is loaded on its subjects, the default first. */
export function operationsOfDirect(stage: DirectStage): readonly string[] {
  return directOperations.get(stage) ?? [];
}

/** For people: the operations of a stage, the default first. */
export function operationsOf(stage: BenchStage): string {
  return isDirect(stage) ? operationsOfDirect(stage).join(', ') : criOperations[stage];
}
