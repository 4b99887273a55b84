import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderTemplate, writeList } from '@slipway/cni';
import type { NetworkSettings } from '@slipway/config';
import type { UpdatePodCidrCall, UpdatePodCidrResult } from '@slipway/contracts';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import type { Call } from '../context.js';

/** Early in the order, and named after who wrote it. */
const listName = '10-slipway.conflist';

/**
 * Fills the configured template of a CNI list in with the kubelet's pod CIDR and writes it where lists are looked for;
 * the watch on that directory then takes it. The same CIDR again writes nothing. Throws INVALID_CONFIG naming the
 * template.
 */
export async function updatePodCidr(
  { confTemplate, confDir }: Pick<NetworkSettings, 'confTemplate' | 'confDir'>,
  { podCidrs }: UpdatePodCidrCall,
  call: Pick<Call, 'log'>,
): Promise<UpdatePodCidrResult> {
  const file = join(confDir, listName);
  if (!confTemplate) return { changed: false, file: '' };
  const template = await readFile(confTemplate, 'utf8').catch((cause: Error) => {
    throw new SlipwayError('INVALID_CONFIG', `the template of the CNI list cannot be read: ${cause.message}`, {
      object: 'network.confTemplate',
      cause,
    });
  });
  try {
    const changed = await writeList(confDir, listName, renderTemplate(template, podCidrs));
    if (changed) call.log.info({ podCidrs, file }, 'CNI list written for the pod CIDR');
    return { changed, file };
  } catch (error) {
    if (!isSlipwayError(error)) throw error;
    const { code, message, hint } = error;
    throw new SlipwayError(code, `${confTemplate}: ${message}`, { object: 'network.confTemplate', hint, cause: error });
  }
}
