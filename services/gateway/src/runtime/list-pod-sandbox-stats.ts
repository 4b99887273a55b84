import { toPodSandboxStats } from '../convert/stats.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { collectWhatAnswers } from '../stats/collect.js';
import { containersOf, groupBySandbox, selectSandboxes } from '../stats/select.js';

/** Usage of the pods that match a filter, and of each of their containers. */
export const listPodSandboxStats: RuntimeRpcs['listPodSandboxStats'] = async (gateway, { filter }, call) => {
  const sandboxes = await selectSandboxes(gateway, filter);
  const containers = await containersOf(gateway, sandboxes);
  const samples = await collectWhatAnswers(gateway, { containers, sandboxes }, call);
  const groups = groupBySandbox(containers);
  return { stats: sandboxes.map((record) => toPodSandboxStats(record, groups.get(record.id) ?? [], samples)) };
};
