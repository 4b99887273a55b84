import { type Rights, type Stage, stageNames, stages } from '@slipway/stages';

/**
 * The roles on NATS and Redis: every stage, and others. `supervisor` is `slipway up`; `operator` is a person's tools:
 * `slipway bench`, `nats micro`. `peer` is the puller once more, on a connection of its own, when it shares layers with
 * other nodes.
 */
const others = {
  supervisor: {
    // Also that a service of its own has ended without a word.
    events: ['stage', 'span'],
    redis: { records: {}, locks: [], server: true },
  },
  // Load tests and `slipway build` make records without a gateway.
  operator: {
    events: [],
    redis: { records: { sandboxes: 'write', containers: 'write', images: 'read' }, locks: [] },
  },
  peer: { events: [] },
} as const satisfies Readonly<Record<string, Rights>>;

export type Role = Stage | keyof typeof others;
export const roles: readonly Role[] = [...stageNames, 'supervisor', 'operator', 'peer'];

/**
 * What each role may do: permissions of NATS (packages/supervisor/src/permissions.ts), users of Redis
 * (packages/records/src/acl.ts) and what a process takes upon itself (packages/records) are made of it.
 */
export const rights = {
  ...(Object.fromEntries(stageNames.map((stage) => [stage, stages[stage].rights])) as Record<Stage, Rights>),
  ...others,
} as Readonly<Record<Role, Rights>>;
