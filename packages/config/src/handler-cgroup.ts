import { posix } from 'node:path';
import type { Settings } from './settings.js';

/**
 * The cgroup settings of one handler's pods: those of the node, or, where the handler has another driver, the same place
 * in that driver's form: `/a/b` is `a-b.slice` (systemd.slice(5)).
 */
export function handlerCgroup(settings: Pick<Settings, 'cgroup' | 'runtime'>, handler: string): Settings['cgroup'] {
  const { driver, parent } = settings.cgroup;
  const own = settings.runtime.handlers[handler]?.cgroupDriver || driver;
  if (own === driver) return settings.cgroup;
  const slice = /\.slice$/;
  if (own === 'cgroupfs')
    return { ...settings.cgroup, driver: own, parent: posix.join('/', parent.replace(slice, '').replaceAll('-', '/')) };
  const words = parent.split('/').filter(Boolean);
  return { ...settings.cgroup, driver: own, parent: `${words.join('-').replace(slice, '')}.slice` };
}
