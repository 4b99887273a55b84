import { ContainerPhase, type ContainerRecord } from '@slipway/contracts';
import type { ContainerFilter } from '@slipway/cri';
import { containerState, toContainer } from '../convert/container.js';
import { matchesLabels } from '../convert/labels.js';
import { answerOnce } from '../server/kept-answers.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** The containers that a filter lets through: ids or prefixes, state, labels; all of them must match. */
export const listContainers: RuntimeRpcs['listContainers'] = async (gateway, { filter }) => {
  const records = await gateway.records.containers.list();
  return isEmpty(filter) ? all(records) : select(records, filter);
};

const all = answerOnce((records: readonly ContainerRecord[]) => select(records, undefined));

function select(records: readonly ContainerRecord[], filter: ContainerFilter | undefined) {
  return { containers: records.filter((record) => matches(record, filter)).map(toContainer) };
}

/** Kubelets send a filter that lets everything through. */
function isEmpty(filter: ContainerFilter | undefined): boolean {
  if (!filter) return true;
  const { id, podSandboxId, state, labelSelector } = filter;
  return id === '' && podSandboxId === '' && !state && Object.keys(labelSelector).length === 0;
}

function matches(record: ContainerRecord, filter: ContainerFilter | undefined): boolean {
  if (record.phase === ContainerPhase.CONTAINER_INTENT) return false;
  if (!filter) return true;
  if (!record.id.startsWith(filter.id) || !record.sandboxId.startsWith(filter.podSandboxId)) return false;
  if (filter.state && filter.state.state !== containerState(record)) return false;
  return matchesLabels(record.config?.labels, filter.labelSelector);
}
