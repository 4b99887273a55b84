import { type Role, rights } from '@slipway/contracts';
import { isStage, stageNames, stages } from '@slipway/stages';

export { type Role, roles } from '@slipway/contracts';

export interface Permissions {
  publish: string[];
  subscribe: string[];
}

const called = stageNames.filter((stage) => stages[stage].called);

/**
 * The name of the one queue group of a stage, and of the records' service, which is part of their permissions. Executors
 * have a group for each handler, and the supervisor is one process: both have none.
 */
function queueGroupOf(service: string): string | undefined {
  const grouped = isStage(service) ? !stages[service].perHandler : service === 'records';
  return grouped ? `slipway-${service}` : undefined;
}

/**
 * The subjects that an instance of a stage listens on. A call is heard only as a member of the stage's queue group,
 * where the group has one name: a puller that was taken over gets the secrets of the pulls that the server hands to
 * it, and cannot listen to those of the others. (nats-server, "Queue permissions": a subject and a group in one entry.)
 */
function hears(node: string, stage: string): string[] {
  const own = `slipway.${node}`;
  const queue = queueGroupOf(stage);
  const calls = `${own}.${stage}.>`;
  return [queue === undefined ? calls : `${calls} ${queue}`, `${own}.cancel.${stage}`, '$SRV.>'];
}

/**
 * The subjects that a stage answers on: in each caller's inbox those below its own name (see `Bus.expectReplies`), so
 * that no stage can forge another's answer. Tools of an operator that use the library's own inboxes, such as
 * `nats micro`, have names of two or three tokens, which no call of the gateway's has.
 */
function answersTo(stage: string, callers: readonly Role[]): string[] {
  const tools = callers.includes('operator') ? ['_INBOX_operator.*', '_INBOX_operator.*.*'] : [];
  return [...callers.map((caller) => `_INBOX_${caller}.${stage}.>`), ...tools];
}

/** Where a caller hands the secrets of its calls to the stage that asks for them, sealed for one instance (packages/stage). */
function secretsTo(caller: Role): string[] {
  return [`_INBOX_puller.${caller}.>`];
}

/**
 * The subjects that a role may publish and subscribe to; the server refuses all others.
 *
 * Callers (gateway, operator) publish to stages, cancel calls, ask for services and
 * read their own inbox. Stages hear their own subjects and answer into callers'
 * inboxes, granted by name; gateways serve the records in the same way: `allow_responses` would take a slow pull's reply away
 * after two minutes and cost throughput besides. Only the operator commands the supervisor. Peers ask
 * and answer other nodes' peers for blobs, and nobody else.
 */
export function permissionsOf(role: Role, node: string): Permissions {
  const own = `slipway.${node}`;
  const inbox = `_INBOX_${role}.>`;
  if (role === 'peer') {
    const [find, read] = ['slipway.peers.find', 'slipway.peers.read'];
    return { publish: [find, `${read}.*`, inbox], subscribe: [find, `${read}.${node}`, inbox] };
  }
  const publish = rights[role].events.map((kind) => `${own}.events.${kind}`);
  if (role === 'gateway' || role === 'operator') {
    const calls = [...called.map((stage) => `${own}.${stage}.>`), `${own}.cancel.>`, '$SRV.>', ...secretsTo(role)];
    if (role === 'operator') {
      return { publish: [...calls, `${own}.records.>`, `${own}.supervisor.>`], subscribe: [inbox, `${own}.events.>`] };
    }
    return {
      publish: [...calls, ...answersTo('records', ['gateway', 'operator', 'executor']), ...publish],
      subscribe: [inbox, `${own}.events.>`, ...hears(node, 'records')],
    };
  }
  const stage = {
    publish: [...answersTo(role, ['gateway', 'operator']), ...publish],
    subscribe: [inbox, ...hears(node, role), `${own}.cancel.${role}.>`],
  };
  if (role !== 'executor') return stage;
  // Executors of other makers move their records by the gateway.
  return {
    publish: [...stage.publish, `${own}.records.>`, `${own}.cancel.records`, '$SRV.PING.slipway-records'],
    subscribe: [...stage.subscribe, `${own}.events.stage`],
  };
}
