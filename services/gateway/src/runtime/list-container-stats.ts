import { toContainerStats } from '../convert/stats.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { collectWhatAnswers } from '../stats/collect.js';
import { selectContainers } from '../stats/select.js';

/** Usage of the containers that match a filter, including those that do not run. */
export const listContainerStats: RuntimeRpcs['listContainerStats'] = async (gateway, { filter }, call) => {
  const containers = await selectContainers(gateway, filter);
  const samples = await collectWhatAnswers(gateway, { containers }, call);
  return { stats: containers.map((record) => toContainerStats(record, samples)) };
};
