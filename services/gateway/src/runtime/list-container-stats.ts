import { toContainerStats } from '../convert/stats.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { collectWhatAnswers } from '../stats/collect.js';
import { selectContainers } from '../stats/select.js';

/** What the containers use that a filter lets through, those included that do not run. */
export const listContainerStats: NonNullable<RuntimeRpcs['listContainerStats']> = async (gateway, { filter }, call) => {
  const containers = await selectContainers(gateway, filter);
  const samples = await collectWhatAnswers(gateway, { containers }, call);
  return { stats: containers.map((record) => toContainerStats(record, samples)) };
};
