import { readFileSync } from 'node:fs';

/** This run of the kernel, as 32 hex digits; see random(4). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim().replaceAll('-', '');
}
