import { SlipwayError } from '@slipway/errors';
import type { ContainerAdjustment, LinuxResources } from '../gen/api.js';

/**
 * Refuses what cannot be applied: what the OCI runtimes of this release's specs do not know, and resource classes,
 * which are names in a runtime's own configuration. Passing over it would let a plugin believe that it is in force.
 * @throws SlipwayError UNSUPPORTED that names the field and the plugin
 */
export function refuseUnsupported({ linux }: ContainerAdjustment, plugin: string): void {
  const wanted = {
    'linux.io_priority': linux?.ioPriority,
    'linux.scheduler': linux?.scheduler,
    'linux.rdt': linux?.rdt,
    'linux.memory_policy': linux?.memoryPolicy,
    'linux.net_devices': Object.keys(linux?.netDevices ?? {}).length > 0 || undefined,
  };
  refuse(wanted, plugin);
  refuseUnsupportedResources(linux?.resources, plugin);
}

/** As above, for the resources of an adjustment or an update. */
export function refuseUnsupportedResources(resources: LinuxResources | undefined, plugin: string): void {
  const { memory, cpu } = resources ?? {};
  const wanted = {
    'resources.blockio_class': resources?.blockioClass?.value || undefined,
    'resources.rdt_class': resources?.rdtClass?.value || undefined,
    'resources.memory.kernel': memory?.kernel,
    'resources.memory.kernel_tcp': memory?.kernelTcp,
    'resources.memory.swappiness': memory?.swappiness,
    'resources.memory.disable_oom_killer': memory?.disableOomKiller?.value || undefined,
    'resources.cpu.realtime_runtime': cpu?.realtimeRuntime?.value || undefined,
    'resources.cpu.realtime_period': cpu?.realtimePeriod?.value || undefined,
  };
  refuse(wanted, plugin);
}

function refuse(wanted: Record<string, unknown>, plugin: string): void {
  for (const [field, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    throw new SlipwayError('UNSUPPORTED', `it adjusts ${field}, which is not applied`, {
      object: `NRI plugin ${plugin}`,
      hint: 'docs/nri.md lists what is; configure the plugin to leave it',
    });
  }
}
