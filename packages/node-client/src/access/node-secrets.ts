import { join } from 'node:path';
import type { Settings } from '@slipway/config';

/** The files that an operator's commands read. */
export function nodeSecrets({ nats, state }: Settings): string[] {
  return [join(state, 'up.json'), nats.nkeyFile || join(state, 'keys/operator.nk')];
}
