import { LoadCounts, type StageLoad } from '@slipway/stage';

/** How many CRI calls a gateway works on, and how long they took. */
export class CallLoad {
  readonly #counts = new LoadCounts();
  #inFlight = 0;

  begin(): void {
    this.#inFlight += 1;
  }

  /** `worked` is in nanoseconds. */
  end(worked: bigint, failed: boolean): void {
    this.#inFlight -= 1;
    this.#counts.ended({ waited: 0n, worked, failed });
  }

  read(): StageLoad {
    return { ...this.#counts.read(), inFlight: this.#inFlight, queued: 0 };
  }
}
