import { PullSecret } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { StageContext } from '@slipway/stage';

/**
 * The credentials that came with a call, sealed for this process; undefined where its caller brought none.
 * @throws SlipwayError INVALID_REQUEST, which does not say what came; CANCELLED
 */
export async function credentialsOf(context: Pick<StageContext, 'secret'>): Promise<PullSecret['auth']> {
  const bytes = await context.secret();
  if (!bytes) return undefined;
  try {
    return PullSecret.decode(bytes).auth;
  } catch {
    throw new SlipwayError('INVALID_REQUEST', 'the secret of the call is no PullSecret');
  }
}
