import { existsSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { runTool, type ToolOptions } from './run-tool.js';

/**
 * Deletes a bridge that the bridge plugin made; the plugin never does, since the next pod may want
 * it. A bridge that is not there is success; an interface of another kind is refused.
 */
export async function removeBridge(name: string, options: ToolOptions = {}): Promise<void> {
  const interfacePath = `/sys/class/net/${name}`;
  if (!existsSync(interfacePath)) return;
  if (!existsSync(`${interfacePath}/bridge`)) {
    throw new SlipwayError('INVALID_REQUEST', `interface ${name} is not a bridge`, { object: 'network' });
  }
  try {
    await runTool('ip', ['link', 'delete', name, 'type', 'bridge'], options);
  } catch (error) {
    if (existsSync(interfacePath)) throw error;
  }
}
