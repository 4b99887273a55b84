import { readFileSync, writeFileSync } from 'node:fs';

const path = (key: string): string => `/proc/sys/net/${key}`;

/** Sets a sysctl of the thread's net namespace: `ipv4/ip_forward`. One that has the value is not written, because writing has effects. */
export function setSysctl(key: string, value: string): void {
  if (readFileSync(path(key), 'utf8').trim() !== value) writeFileSync(path(key), value);
}

/** The same for a sysctl that a kernel may be without, or that may be read-only. */
export function trySysctl(key: string, value: string): void {
  try {
    setSysctl(key, value);
  } catch {
    // It is an improvement only; the programs pass it over as well.
  }
}
