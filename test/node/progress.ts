const began = Date.now();

/** Prints a step of the lane and the seconds since its begin. */
export function progress(text: string): void {
  process.stdout.write(`── node lane ${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s: ${text}\n`);
}
