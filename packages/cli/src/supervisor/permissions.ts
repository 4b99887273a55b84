/**
 * Who speaks on NATS. `supervisor` is `slipway up`; `operator` is a person's tools: `slipway executor`, `nats micro`.
 * `peer` is the puller once more, on a connection of its own, when it shares layers with other nodes.
 */
export const roles = ['gateway', 'puller', 'builder', 'executor', 'supervisor', 'operator', 'peer'] as const;
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
  // Also that a service of its own has ended without a word.
  supervisor: ['stage', 'span'],
  operator: [],
  peer: [],
};

/**
 * What a role may publish and subscribe to; all else is refused by the server.
 *
 * Callers (gateway, operator) publish to stages, cancel calls, ask for services and
 * read their own inbox. Stages hear their own subjects and answer into callers'
 * inboxes, granted by name; gateways serve the records in the same way: `allow_responses` would take a slow pull's reply away
 * after two minutes and cost throughput besides. The operator alone commands the supervisor. Peers ask
 * and answer other nodes' peers for blobs, and nobody else.
 */
export function permissionsOf(role: Role, node: string): Permissions {
  const own = `slipway.${node}`;
  const inbox = `_INBOX_${role}.>`;
  if (role === 'peer') {
    const [find, read] = ['slipway.peers.find', 'slipway.peers.read'];
    return { publish: [find, `${read}.*`, inbox], subscribe: [find, `${read}.${node}`, inbox] };
  }
  const publish = eventKinds[role].map((kind) => `${own}.events.${kind}`);
  const answers = ['_INBOX_gateway.>', '_INBOX_operator.>'];
  const hears = (stage: string): string[] => [`${own}.${stage}.>`, `${own}.cancel.${stage}`, '$SRV.>'];
  if (role === 'gateway' || role === 'operator') {
    const calls = [...stages.map((stage) => `${own}.${stage}.>`), `${own}.cancel.>`, '$SRV.>'];
    if (role === 'operator') {
      return { publish: [...calls, `${own}.records.>`, `${own}.supervisor.>`], subscribe: [inbox, `${own}.events.>`] };
    }
    return {
      publish: [...calls, ...answers, '_INBOX_executor.>', ...publish],
      subscribe: [inbox, `${own}.events.>`, ...hears('records')],
    };
  }
  const stage = {
    publish: [...answers, ...publish],
    subscribe: [inbox, ...hears(role), `${own}.cancel.${role}.>`],
  };
  if (role !== 'executor') return stage;
  // Executors of other makers move their records by the gateway.
  return {
    publish: [...stage.publish, `${own}.records.>`, `${own}.cancel.records`, '$SRV.PING.slipway-records'],
    subscribe: [...stage.subscribe, `${own}.events.stage`],
  };
}
