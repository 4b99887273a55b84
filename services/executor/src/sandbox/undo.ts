import { isSlipwayError, SlipwayError, toSlipwayError } from '@slipway/errors';
import type { Logger } from '@slipway/telemetry';
import { inSpan, type SandboxCall } from './context.js';

/**
 * The steps of making something, each with what undoes it. The undo is noted before its step
 * begins: a step that fails half-way is undone as well, so every undo is content with nothing.
 */
export class Steps {
  readonly #call: SandboxCall;
  readonly #object: string;
  readonly #undos: { name: string; undo: () => Promise<void> | void }[] = [];

  constructor(call: SandboxCall, object: string) {
    this.#call = call;
    this.#object = object;
  }

  /** Runs a step. Its error names the step. */
  async run<T>(name: string, work: () => Promise<T> | T, undo?: () => Promise<void> | void): Promise<T> {
    this.#call.signal.throwIfAborted();
    if (undo) this.#undos.push({ name, undo });
    try {
      return await inSpan(this.#call, name, async () => await work());
    } catch (error) {
      throw this.#named(name, error);
    }
  }

  /** Undoes the steps that were begun, the last one first. A failure is logged, and the other steps are still undone. */
  async undo(log: Logger): Promise<void> {
    for (const { name, undo } of this.#undos.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        log.error({ err: error, step: name, object: this.#object }, 'a step cannot be undone now');
      }
    }
  }

  #named(name: string, error: unknown): unknown {
    // An abort is the caller's doing and not the step's.
    if (this.#call.signal.aborted && !isSlipwayError(error)) return error;
    const { code, message, hint } = toSlipwayError(error);
    return new SlipwayError(code, `${name}: ${message}`, { object: this.#object, hint, cause: error });
  }
}

/** Waits for all, also when one fails: what goes on in the background cannot be undone. */
export async function settleAll<T extends readonly unknown[]>(
  work: {
    [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
