import { ContainerPhase } from '@slipway/contracts';
import { SlipwayError, toSlipwayError } from '@slipway/errors';
import type { Call } from '../context.js';
import type { SandboxContext } from '../sandbox/context.js';

/** A few are enough, because a single one may be broken for reasons of its own. */
const asked = 3;

/**
 * Asks the binary for the state of containers of its handler that run, which another binary may have made. A binary that
 * knows none of them would take them for gone at the first call.
 * @throws RUNTIME_FAILED
 */
export async function requireKnownContainers(context: SandboxContext, call: Call): Promise<void> {
  const { records, runtime, handler } = context;
  const running = (await records.containers.list())
    .filter((one) => one.handler === handler && one.phase === ContainerPhase.CONTAINER_PHASE_RUNNING)
    .slice(0, asked);
  // A container that has ended and was removed meanwhile proves nothing.
  const runs = async (id: string): Promise<boolean> =>
    (await records.containers.get(id))?.phase === ContainerPhase.CONTAINER_PHASE_RUNNING;
  const answers = await Promise.all(
    running.map(async ({ id }) => {
      try {
        if (await runtime.state(id, call)) return '';
        return (await runs(id)) ? 'there is no such container' : undefined;
      } catch (error) {
        call.signal.throwIfAborted();
        return (await runs(id)) ? toSlipwayError(error).message : undefined;
      }
    }),
  );
  const first = answers.find((answer) => answer !== undefined);
  if (first === undefined || answers.includes('')) return;
  throw new SlipwayError('RUNTIME_FAILED', `${runtime.path} does not know the containers that run: ${first}`, {
    hint: 'use the program that made them, in this release or a newer one',
  });
}
