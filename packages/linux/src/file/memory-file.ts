import { check, libcFunction } from '../libc.js';

const MFD_CLOEXEC = 1;
const memfdCreate = libcFunction<[string, number]>('int memfd_create(const char *name, unsigned int flags)');

/** Opens a new file that is only in memory and ends with its last descriptor (memfd_create(2)). `name` is for /proc. */
export function openMemoryFile(name: string): number {
  return check(memfdCreate(name, MFD_CLOEXEC), 'memfd_create', name);
}
