import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../stepped-clock.c', import.meta.url));

/** A wall clock for programs that are started with `env`, which can be set by hours as NTP does. */
export interface SteppedClock {
  /** Monotonic clocks stay the system's. Programs that do not ask libc, as those in Go, see the system's wall clock, too. */
  readonly env: Record<string, string>;
  /** Sets the clock: by so many hours it is off from now on. */
  set(hours: number): void;
}

/** Compiles what is needed into a directory, which must outlive the programs. Throws where there is no C compiler. */
export function steppedClock(directory: string): SteppedClock {
  const library = join(directory, 'stepped-clock.so');
  const file = join(directory, 'stepped-clock');
  const { status, stderr, error } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source]);
  if (status !== 0) throw new Error(`stepped-clock.c does not compile: ${error?.message ?? String(stderr)}`);
  const set = (hours: number): void => writeFileSync(file, String(Math.round(hours * 3600)));
  set(0);
  return { env: { LD_PRELOAD: library, WALL_CLOCK_FILE: file }, set };
}
