export type { RecordKind, RedisRights, Rights } from './rights.js';
export type { StageDescription } from './stage-description.js';
export {
  type BenchedStage,
  isStage,
  maxScaleKey,
  nodeFlags,
  type Program,
  programs,
  type ScalableStage,
  type Stage,
  stageNames,
  stages,
} from './stages.js';
