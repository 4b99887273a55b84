/** The parts of a plan, which can be written one by one. */
export const planParts = ['slipway', 'registries', 'crictl', 'kubelet'] as const;
export type PlanPart = (typeof planParts)[number];
