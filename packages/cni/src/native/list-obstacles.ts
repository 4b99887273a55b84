import { toNetworkList } from '../list/network-list.js';
import { nativeObstacle } from './configuration.js';

/** A plugin of a list, and why its program runs; `obstacle` is undefined where the native plugin does its work. */
export interface PluginForm {
  type: string;
  obstacle: string | undefined;
}

/**
 * How each plugin of a list is carried out for a pod, judged by its configuration alone: the installed program may
 * still be another than the reference plugin, or a pod may ask for what the native plugin does not know.
 *
 * @param value a parsed file of a list.
 * @returns undefined where the file is no valid list.
 */
export function pluginForms(value: unknown): PluginForm[] | undefined {
  try {
    const { name, cniVersion, plugins } = toNetworkList(value, []);
    return plugins.map((plugin) => {
      return { type: plugin.type, obstacle: nativeObstacle({ ...plugin, name, cniVersion }) };
    });
  } catch {
    return undefined;
  }
}
