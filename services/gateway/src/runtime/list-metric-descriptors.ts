import { describeMetrics } from '../metrics/metrics.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** The metrics that ListPodSandboxMetrics answers, with the keys of their labels. They never change while it runs. */
export const listMetricDescriptors: RuntimeRpcs['listMetricDescriptors'] = async () => ({
  descriptors: describeMetrics(),
});
