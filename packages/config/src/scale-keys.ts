import { maxScaleKey, type ScalableStage, type Stage, stageNames, stages } from '@slipway/stages';
import { integer } from './setting-key.js';

/** The numbers of instances that a setting may ask for. */
export const instances = [0, 64] as const;

type InstanceKey = ReturnType<typeof integer>;
type ScaleKeys = { [S in Stage as `scale.${S}`]: InstanceKey } & {
  [S in ScalableStage as `scale.${ReturnType<typeof maxScaleKey<S>>}`]: InstanceKey;
};

/** The settings `scale.<stage>` and `scale.max<Stage>` of the table of stages. */
export const scaleKeys = {
  ...Object.fromEntries(
    stageNames.map((stage) => [`scale.${stage}`, integer(1, stages[stage].scale.instances, instances)]),
  ),
  ...Object.fromEntries(
    stageNames.flatMap((stage) => {
      const { max } = stages[stage].scale;
      return max === undefined ? [] : [[`scale.${maxScaleKey(stage)}`, integer(0, max, instances)]];
    }),
  ),
} as ScaleKeys;

/** The most instances of a stage that the settings allow by load; 0 where its number does not follow the load. */
export function mostInstances(scale: Readonly<Record<string, number>>, stage: Stage): number {
  return scale[maxScaleKey(stage)] ?? 0;
}
