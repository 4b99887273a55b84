import { setTimeout as delay } from 'node:timers/promises';
import { isSlipwayError } from '@slipway/errors';
import { combineFaults, HostFault } from '../fault.js';
import type { Capability } from './hosts-toml.js';
import type { Requester, Target } from '../transfer/requester.js';
import { mayRetry, pauseMs } from '../transfer/retry.js';

export interface Ask {
  readonly requester: Requester;
  readonly targets: readonly Target[];
  readonly capability: Capability;
  /** The object of errors: `image docker.io/library/alpine:latest`. */
  readonly object: string;
  /** The name of the requested document, in errors. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  readonly onFault?: ((fault: HostFault, attempt: number) => void) | undefined;
}

interface Candidate {
  readonly target: Target;
  tries: number;
  /** When it may be asked next, in performance.now(); Infinity: not again. */
  due: number;
  fault: HostFault | undefined;
  /** The host served wrong content; the error that reports it. */
  junk: unknown;
}

/**
 * Asks the hosts that have the capability until one succeeds. A host that fails costs no time while another has not
 * been asked: only when all have failed are those asked again whose fault may pass, each after its own pause. Hosts
 * that failed a moment ago come after the others. `onlyHost` is true where there is no other host.
 *
 * HostFaults, and content that is no manifest, are reported for all hosts in one error, whose code is that of the last in
 * the configured order; any other error ends it.
 */
export async function askInOrder<T>(ask: Ask, work: (target: Target, onlyHost: boolean) => Promise<T>): Promise<T> {
  const { requester, signal } = ask;
  const candidates = ask.targets
    .filter(({ host }) => host.capabilities.includes(ask.capability))
    .map((target): Candidate => ({ target, tries: 0, due: 0, fault: undefined, junk: undefined }));
  const doubtful = (one: Candidate): boolean => requester.health.isDoubtful(requester.nameOf(one.target));
  const order = [...candidates.filter((one) => !doubtful(one)), ...candidates.filter(doubtful)];
  const onlyHost = candidates.length === 1;
  for (;;) {
    const soonest = Math.min(...order.map(({ due }) => due));
    if (soonest === Number.POSITIVE_INFINITY) throw failure(ask, candidates);
    const pause = soonest - performance.now();
    if (pause > 0) await delay(Math.ceil(pause), undefined, signal ? { signal } : {});
    for (const one of order) {
      if (one.due > performance.now()) continue;
      const name = requester.nameOf(one.target);
      try {
        const result = await work(one.target, onlyHost);
        requester.health.worked(name);
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        const fault = asFault(error, name);
        if (!fault) throw error;
        one.tries++;
        one.fault = fault;
        one.junk = fault === error ? undefined : error;
        one.due = mayRetry(one.tries, requester.policy, fault)
          ? performance.now() + pauseMs(one.tries, requester.policy, fault)
          : Number.POSITIVE_INFINITY;
        ask.onFault?.(fault, one.tries);
        if (!onlyHost && fault.kind === 'unavailable') requester.health.failed(name, fault.retryAfterMs);
      }
    }
  }
}

/** A host's fault; content that is not what it should be is one as well. Undefined for everything else. */
function asFault(error: unknown, name: string): HostFault | undefined {
  if (error instanceof HostFault) return error;
  if (!isSlipwayError(error) || (error.code !== 'IMAGE_INVALID' && error.code !== 'REGISTRY_ERROR')) return undefined;
  return new HostFault('error', name, error.message, { cause: error, hint: error.hint });
}

function failure({ what, object }: Ask, candidates: readonly Candidate[]): unknown {
  const [only] = candidates;
  if (candidates.length === 1 && only?.junk) return only.junk;
  return combineFaults(
    what,
    object,
    candidates.flatMap(({ fault }) => fault ?? []),
  );
}
