import type { Init } from '@slipway/protobuf';
import type { Container, ContainerUpdate, PodSandbox, SynchronizeRequest, SynchronizeResponse } from '../gen/api.js';
import { TtrpcOversized } from '../wire/ttrpc-error.js';
import { MAX_PAYLOAD } from '../wire/ttrpc-frames.js';

/** Below this a message that is still too long cannot be mended by a smaller one. */
const LEAST = 8;

/**
 * Sends all pods and containers, in as few requests as a message's size allows; `more` says that another follows.
 * A plugin that does not answer `more` with `more` cannot put parts together.
 * @returns the updates of the last answer
 */
export async function synchronizeInParts(
  pods: Init<PodSandbox>[],
  containers: Init<Container>[],
  send: (request: Init<SynchronizeRequest>) => Promise<SynchronizeResponse>,
): Promise<ContainerUpdate[]> {
  let [podsLeft, containersLeft] = [pods, containers];
  let [podsEach, containersEach] = [pods.length, containers.length];
  for (;;) {
    const more = podsLeft.length > podsEach || containersLeft.length > containersEach;
    const part = { pods: podsLeft.slice(0, podsEach), containers: containersLeft.slice(0, containersEach), more };
    let answer: SynchronizeResponse;
    try {
      answer = await send(part);
    } catch (error) {
      if (!(error instanceof TtrpcOversized) || podsEach + containersEach <= LEAST) throw error;
      const share = Math.min(0.9, MAX_PAYLOAD / error.length);
      podsEach = Math.max(LEAST / 2, Math.floor(podsEach * share));
      containersEach = Math.max(LEAST / 2, Math.floor(containersEach * share));
      continue;
    }
    if (!more) return answer.update;
    if (!answer.more || answer.update.length > 0) throw new Error('it cannot take the list in parts');
    podsLeft = podsLeft.slice(podsEach);
    containersLeft = containersLeft.slice(containersEach);
  }
}
