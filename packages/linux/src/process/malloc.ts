import { libcFunction } from '../libc.js';

// malloc.h
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const mallopt = libcFunction<[number, number]>('int mallopt(int parameter, int value)');

/**
 * Has malloc give memory back to the system when more than `bytes` at the end of its heap are free, and take
 * allocations of so many from the system (mallopt(3)). By itself, glibc raises both bounds up to 64 MiB at the
 * first large buffer that is freed, and keeps what a busy moment needed.
 */
export function returnFreedMemory(bytes: number): void {
  // Only says 0 where it does not know the parameter.
  mallopt(M_MMAP_THRESHOLD, bytes);
  mallopt(M_TRIM_THRESHOLD, bytes);
}
