import { SyscallError } from '../errno.js';

const AF_UNIX = 1;
/** sun_path of struct sockaddr_un has 108 bytes with its NUL (unix(7)). */
export const maxSocketPath = 107;

/** struct sockaddr_un. Throws ENAMETOOLONG, in the name of `syscall`. */
export function sockaddrUn(path: string, syscall: string): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.length > maxSocketPath) throw new SyscallError('ENAMETOOLONG', syscall, path);
  const address = Buffer.alloc(2 + bytes.length + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(address, 2);
  return address;
}
