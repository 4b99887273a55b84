import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadedSettings } from '@slipway/config';
import { criClient } from '@slipway/cri-client';
import { SlipwayError } from '@slipway/errors';
import { listNamed } from '../client/names.js';
import { removeNamed } from '../client/removal.js';
import { supervisorOf } from '@slipway/supervisor';

/** Longer than a supervisor's own patience with its services. Milliseconds. */
const endMs = 60_000;

/**
 * Ends a node that runs: its pods by its own gateway, which knows best how, then the supervisor. Pods that the gateway
 * cannot remove are left to whoever sweeps afterwards.
 * @throws INTERNAL when the supervisor does not end
 */
export async function endNode({ settings }: LoadedSettings, pid: number, said: (line: string) => void): Promise<void> {
  const cri = criClient(settings.gateway.socket);
  try {
    const all = await listNamed(cri);
    for (const pod of all.filter(({ kind }) => kind === 'pod')) {
      await removeNamed(cri, pod, all, { force: true, root: settings.root });
      said(`removed pod ${pod.name}`);
    }
  } catch (error) {
    said(`the node cannot remove its pods itself: ${(error as Error).message}`);
  } finally {
    cri.close();
  }
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; supervisorOf(settings.state) !== undefined; waited += 200) {
    if (waited >= endMs) {
      throw new SlipwayError('INTERNAL', `slipway up does not end: it is pid ${pid}`, {
        hint: 'end it with SIGKILL, and repeat slipway reset --force',
      });
    }
    await sleep(200);
  }
  said(`ended slipway up, pid ${pid}`);
}
