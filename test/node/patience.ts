let factor = 1;

/** Multiplies the time limits of everything that waits for a guest, for machines that emulate their processor. */
export function setPatience(times: number): void {
  factor = times;
}

/** A time limit for a machine that runs at this one's speed, multiplied for the one that runs. */
export function patience(ms: number): number {
  return ms * factor;
}
