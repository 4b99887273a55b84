import { SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import type { PodSandboxFilter } from '@slipway/cri';
import { matchesLabels } from '../convert/labels.js';
import { sandboxState, toPodSandbox } from '../convert/sandbox.js';
import { answerOnce } from '../server/kept-answers.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** The sandboxes that a filter lets through: id or prefix, state, labels; all of them must match. */
export const listPodSandbox: RuntimeRpcs['listPodSandbox'] = async (gateway, { filter }) => {
  const records = await gateway.records.sandboxes.list();
  return isEmpty(filter) ? all(records) : select(records, filter);
};

const all = answerOnce((records: readonly SandboxRecord[]) => select(records, undefined));

function select(records: readonly SandboxRecord[], filter: PodSandboxFilter | undefined) {
  return { items: records.filter((record) => matches(record, filter)).map(toPodSandbox) };
}

/** Kubelets send a filter that lets everything through. */
function isEmpty(filter: PodSandboxFilter | undefined): boolean {
  return !filter || (filter.id === '' && !filter.state && Object.keys(filter.labelSelector).length === 0);
}

function matches(record: SandboxRecord, filter: PodSandboxFilter | undefined): boolean {
  if (record.phase === SandboxPhase.SANDBOX_INTENT) return false;
  if (!filter) return true;
  if (!record.id.startsWith(filter.id)) return false;
  if (filter.state && filter.state.state !== sandboxState(record)) return false;
  return matchesLabels(record.config?.labels, filter.labelSelector);
}
