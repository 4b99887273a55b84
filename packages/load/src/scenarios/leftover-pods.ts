import { existsSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import type { CriClient } from '@slipway/cri-client';
import { errorText } from '../error-code.js';
import { benchLabel } from './kubelet-pod.js';

/** Tries for each pod: a removal may meet the pod's own creation. */
const TRIES = 3;

/**
 * Removes pods that load tests left: this process's own, or those of tests that are not alive any more. Asks the
 * runtime for them, so that one whose creation was never answered is found too.
 * @throws SlipwayError INTERNAL that names those which could not be removed
 */
export async function removeBenchPods(cri: CriClient, whose: 'own' | 'dead'): Promise<void> {
  const mine = (pid: string | undefined): boolean =>
    pid !== undefined && (whose === 'own' ? pid === String(process.pid) : !existsSync(`/proc/${pid}`));
  const failed: string[] = [];
  const { items } = await cri.listPodSandbox({});
  for (const { id, labels } of items.filter((pod) => mine(pod.labels[benchLabel]))) {
    const error = await removePod(cri, id);
    if (error !== undefined) failed.push(`${id.slice(0, 13)} of ${labels[benchLabel]}: ${errorText(error)}`);
  }
  if (failed.length === 0) return;
  throw new SlipwayError('INTERNAL', `pods of a load test could not be removed: ${failed.join('; ')}`, {
    hint: `remove the pods with the label ${benchLabel} by crictl`,
  });
}

/** Answers why it could not be removed. */
async function removePod(cri: CriClient, podSandboxId: string): Promise<unknown> {
  let last: unknown;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      await cri.stopPodSandbox({ podSandboxId });
      await cri.removePodSandbox({ podSandboxId });
      return undefined;
    } catch (error) {
      last = error;
    }
  }
  return last;
}
