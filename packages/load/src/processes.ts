import { readFileSync } from 'node:fs';
import type { WatchedProcess } from './scenario.js';

/** Milliseconds between two readings. */
const SAMPLE_MS = 500;
/** /proc counts in hundredths of a second on every architecture that Linux has (proc(5), sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10;
const PAGE_BYTES = 4096;

export interface ProcessUsage {
  name: string;
  pid: number;
  /** Milliseconds of one core. */
  cpuMs: number;
  /** The same of children that ended meanwhile and were waited for. */
  childrenCpuMs: number;
  /** Percent of one core, its own and its children's. */
  cpuPercent: number;
  /** Megabytes (10^6 bytes) resident: at the end and at most. */
  rss: number;
  rssMax: number;
  /** Megabytes of its own and its share of what it shares, at the end; absent where the kernel does not tell. */
  pss?: number;
  /** Seconds since the beginning, percent of a core since the reading before, megabytes resident. */
  samples: [seconds: number, cpuPercent: number, rss: number][];
  /** It was gone before the end. */
  ended: boolean;
}

interface Reading {
  cpuMs: number;
  childrenCpuMs: number;
  rss: number;
}

/** Reads what processes use from /proc, twice a second, until `stop`. */
export function watchProcesses(processes: readonly WatchedProcess[]): { stop(): ProcessUsage[] } {
  const begun = performance.now();
  const watched = processes.map((one) => new Watched(one));
  let last = begun;
  const round = (): void => {
    const now = performance.now();
    for (const one of watched) one.sample((now - begun) / 1000, now - last);
    last = now;
  };
  const timer = setInterval(round, SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      round();
      return watched.map((one) => one.result((last - begun) / 1000));
    },
  };
}

class Watched {
  readonly #samples: [number, number, number][] = [];
  readonly #first: Reading | undefined;
  #last: Reading | undefined;
  #ended = false;

  constructor(readonly process: WatchedProcess) {
    this.#first = this.#last = readProcess(process.pid);
  }

  sample(seconds: number, sinceLastMs: number): void {
    const now = readProcess(this.process.pid);
    if (!now || !this.#last) {
      this.#ended = true;
      return;
    }
    const spent = now.cpuMs + now.childrenCpuMs - this.#last.cpuMs - this.#last.childrenCpuMs;
    // Two readings within a tick tell nothing.
    if (sinceLastMs > TICK_MS) this.#samples.push([seconds, (spent / sinceLastMs) * 100, now.rss]);
    this.#last = now;
  }

  result(seconds: number): ProcessUsage {
    const [first, last] = [this.#first, this.#last];
    const cpuMs = first && last ? last.cpuMs - first.cpuMs : 0;
    const childrenCpuMs = first && last ? last.childrenCpuMs - first.childrenCpuMs : 0;
    const pss = readPss(this.process.pid);
    return {
      ...this.process,
      cpuMs,
      childrenCpuMs,
      cpuPercent: seconds > 0 ? (cpuMs + childrenCpuMs) / seconds / 10 : 0,
      rss: last?.rss ?? 0,
      rssMax: Math.max(0, ...this.#samples.map(([, , rss]) => rss)),
      ...(pss === undefined ? {} : { pss }),
      samples: this.#samples,
      ended: this.#ended || first === undefined,
    };
  }
}

/** A reading of /proc/<pid>/stat (proc(5)); undefined when the process is gone. */
function readProcess(pid: number): Reading | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold blanks: fields are counted behind it, from the third on.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const field = (number: number): number => Number(fields[number - 3]);
    return {
      cpuMs: (field(14) + field(15)) * TICK_MS,
      childrenCpuMs: (field(16) + field(17)) * TICK_MS,
      rss: (field(24) * PAGE_BYTES) / 1e6,
    };
  } catch {
    return undefined;
  }
}

/** Proportional memory (PSS) of a process in megabytes (10^6 bytes); undefined where the kernel does not tell. */
export function readPss(pid: number): number | undefined {
  try {
    const kilobytes = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
  } catch {
    return undefined;
  }
}
