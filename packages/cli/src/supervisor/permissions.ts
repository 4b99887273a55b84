/** Who speaks on NATS. `operator` is a person's tools: `slipway status`, `nats micro`. */
export const roles = ['gateway', 'puller', 'builder', 'executor', 'operator'] as const;
export type Role = (typeof roles)[number];

export interface Permissions {
  publish: string[];
  subscribe: string[];
}

const stages = ['puller', 'builder', 'executor'] as const;

/** The kinds of events that a role has something to say about. */
const eventKinds: Record<Role, readonly string[]> = {
  gateway: ['sandbox', 'container', 'image', 'stage', 'span'],
  puller: ['pull', 'image', 'stage', 'span'],
  builder: ['stage', 'span'],
  executor: ['sandbox', 'container', 'stage', 'span'],
  operator: [],
};

/**
 * What a role may publish and subscribe to; all else is refused by the server.
 *
 * Callers (gateway, operator) publish to stages, cancel calls, ask for services and
 * read their own inbox. Stages hear their own subjects and answer into callers'
 * inboxes, granted by name: `allow_responses` would take a slow pull's reply away
 * after two minutes and cost throughput besides.
 */
export function permissionsOf(role: Role, node: string): Permissions {
  const own = `slipway.${node}`;
  const inbox = `_INBOX_${role}.>`;
  const publish = eventKinds[role].map((kind) => `${own}.events.${kind}`);
  if (role === 'gateway' || role === 'operator') {
    return {
      publish: [...stages.map((stage) => `${own}.${stage}.>`), `${own}.cancel.>`, '$SRV.>', ...publish],
      subscribe: [inbox, `${own}.events.>`],
    };
  }
  return {
    publish: ['_INBOX_gateway.>', '_INBOX_operator.>', ...publish],
    subscribe: [inbox, `${own}.${role}.>`, `${own}.cancel.${role}`, `${own}.cancel.${role}.>`, '$SRV.>'],
  };
}
