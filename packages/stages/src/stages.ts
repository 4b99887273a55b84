import type { StageDescription } from './stage-description.js';

/**
 * The one table of stages, in the order in which they are listed to people. Types of settings, roles, permissions, the
 * command line, the supervisor's groups, scaling and the bench are made of it.
 */
const table = {
  gateway: {
    programs: {
      gateway: {
        does: 'serve the CRI on a unix socket',
        examples: [['slipway gateway --gateway.socket /run/slipway/slipway.sock', 'on this socket']],
        optimizedForSize: false,
      },
    },
    missing: 'nothing serves the CRI: a kubelet takes the node for broken',
    perHandler: false,
    called: false,
    // Gateways only answer for the records.
    answersAs: 'records',
    scale: { instances: 'gateways that slipway up runs, each on a socket of its own: see gateway.socket' },
    // It may command every stage, so that writing all records gives it nothing more.
    rights: {
      events: ['sandbox', 'container', 'image', 'stage', 'span'],
      redis: {
        records: { sandboxes: 'write', containers: 'write', images: 'write' },
        locks: ['janitor', 'removal:'],
        operations: 'write',
        journal: true,
        reserve: true,
      },
    },
  },
  puller: {
    programs: {
      puller: {
        does: 'fetch and unpack images',
        examples: [['slipway puller --images.parallel 8', 'eight layers concurrently']],
        optimizedForSize: true,
      },
    },
    missing: 'no image can be pulled',
    perHandler: false,
    called: true,
    answersAs: 'puller',
    scale: {
      instances: 'pullers that slipway up runs',
      max: 'above scale.puller: so many pullers at most, as the work demands',
    },
    bench: ['pull'],
    rights: {
      events: ['pull', 'image', 'stage', 'span'],
      // Containers hold the layers of their images.
      redis: { records: { images: 'write', containers: 'read' }, locks: ['image-names'], reserve: true },
    },
  },
  builder: {
    programs: {
      builder: {
        does: 'make root file systems and config.json',
        examples: [['slipway builder', 'one builder']],
        optimizedForSize: true,
      },
    },
    missing: 'no pod and no container can be created',
    perHandler: false,
    called: true,
    answersAs: 'builder',
    scale: { instances: 'builders that slipway up runs', max: 'the same for builders' },
    bench: ['bundle'],
    rights: {
      events: ['stage', 'span'],
      redis: { records: {}, locks: ['bundle:'], reserve: true },
    },
  },
  executor: {
    programs: {
      executor: {
        does: 'run sandboxes and containers of one handler',
        examples: [['slipway executor --handler crun', 'the executor of the handler crun']],
        optimizedForSize: false,
      },
      'null-executor': {
        does: 'keep records of sandboxes and containers, and run nothing: for load tests',
        examples: [
          ['slipway null-executor --handler null --runtime.handlers.null.kind null', 'the executor of a handler null'],
        ],
        optimizedForSize: true,
      },
    },
    missing: 'no pod can be made, stopped or removed, and no end of a container is noticed',
    perHandler: true,
    called: true,
    // No answersAs: an executor of this supervisor that is drained would answer, too.
    scale: {
      instances: 'executors that slipway up runs for each handler',
      max: 'the same for the executors of each handler',
    },
    bench: ['pod', 'sandbox', 'container'],
    rights: {
      events: ['sandbox', 'container', 'stage', 'span'],
      redis: {
        records: { sandboxes: 'write', containers: 'write' },
        // Bundles: it removes those that no record knows.
        locks: ['sandbox:', 'container:', 'limits:', 'bundle:'],
        operations: 'read',
        reserve: true,
      },
    },
  },
} as const satisfies Readonly<Record<string, StageDescription>>;

export type Stage = keyof typeof table;
type Programs = { [S in Stage]: keyof (typeof table)[S]['programs'] };
/** A directory of services/: what a process of a stage runs. */
export type Program = Programs[Stage];
/** A stage the number of whose instances may follow the load. */
export type ScalableStage = { [S in Stage]: (typeof table)[S]['scale'] extends { max: string } ? S : never }[Stage];

/** A stage that `slipway bench` loads on its subjects. */
export type BenchedStage = { [S in Stage]: (typeof table)[S] extends { bench: readonly string[] } ? S : never }[Stage];

export const stages: Readonly<Record<Stage, StageDescription>> = table;
export const stageNames = Object.keys(table) as readonly Stage[];

/** Every program with the stage whose work it does. */
export const programs = stageNames.flatMap((stage) =>
  Object.entries(stages[stage].programs).map(([name, description]) => ({
    name: name as Program,
    stage,
    ...description,
  })),
);

export function isStage(name: string): name is Stage {
  return Object.hasOwn(table, name);
}

/** The name below `scale.` of the most instances that a stage may have by load: `maxPuller`. */
export function maxScaleKey<S extends string>(stage: S): `max${Capitalize<S>}` {
  return `max${stage.charAt(0).toUpperCase()}${stage.slice(1)}` as `max${Capitalize<S>}`;
}

/**
 * The flags of Node for a program. A small young generation keeps every process small. V8 takes no code cache that was
 * made with other flags: the build writes them beside the bundle, for bin/slipway and scripts/bundle/code-cache.mjs.
 */
export function nodeFlags(program: Program): string[] {
  const small = programs.find(({ name }) => name === program)?.optimizedForSize ?? true;
  return ['--max-semi-space-size=1', ...(small ? ['--optimize-for-size'] : [])];
}
