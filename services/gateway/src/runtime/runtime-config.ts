import { CgroupDriver } from '@slipway/cri';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Tells the kubelet which cgroup driver to use, so that both agree. */
export const runtimeConfig: RuntimeRpcs['runtimeConfig'] = async ({ settings }) => ({
  linux: { cgroupDriver: settings.cgroup.driver === 'cgroupfs' ? CgroupDriver.CGROUPFS : CgroupDriver.SYSTEMD },
});
