import { SlipwayError } from '@slipway/errors';

type Cut = (error: SlipwayError) => void;

/**
 * The calls that a gateway works on. Those that take longer than a gateway that ends can wait are answered UNAVAILABLE.
 * Without that the end of their connection would answer for it, as CANCELLED, which a kubelet does not take for a
 * passing trouble of its runtime.
 */
export class OpenCalls {
  readonly #cuts = new Set<Cut>();
  readonly #waiting = new Set<() => void>();

  /** @param cut is called when the call is cut off; @returns removes it, for a call that was answered */
  add(cut: Cut): () => void {
    this.#cuts.add(cut);
    return () => {
      this.#cuts.delete(cut);
      if (this.#cuts.size > 0) return;
      for (const tell of this.#waiting) tell();
      this.#waiting.clear();
    };
  }

  /** Resolves when no call is open. */
  async answered(): Promise<void> {
    if (this.#cuts.size > 0) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Cuts off all calls that are open now. */
  cutOff(): void {
    for (const cut of [...this.#cuts]) {
      cut(
        new SlipwayError(
          'STAGE_UNAVAILABLE',
          'the gateway ends before this call was done; it may have had its effect',
          {
            stage: 'gateway',
            hint: 'repeat the call: the next gateway serves the same socket',
          },
        ),
      );
    }
  }
}
