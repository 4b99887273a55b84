/*
 * Preloaded into User-mode Linux, which keeps the floating point registers of its processes in a buffer of fixed size
 * and writes that back with PTRACE_SETREGSET. Linux accepts a whole XSAVE area only; with AMX one has 11 kB, more than
 * the buffer (before Linux 6.13), and the first process of the guest dies of it. Here the registers that the buffer
 * has no room for are written back as they are: a guest cannot get the permission to use AMX, so they are unused.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* User-mode Linux calls from one thread. */
static unsigned char area[1 << 16] __attribute__((aligned(64)));

long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  const long pid = va_arg(arguments, int);
  void *const address = va_arg(arguments, void *);
  void *const data = va_arg(arguments, void *);
  va_end(arguments);

  /* The system call stores what it reads, the function returns it: ptrace(2). */
  if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER) {
    long word;
    return syscall(SYS_ptrace, request, pid, address, &word) < 0 ? -1 : word;
  }
  if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) {
    const struct iovec *const part = data;
    struct iovec whole = {area, sizeof area};
    if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, address, &whole) < 0) return -1;
    if (part->iov_len < whole.iov_len) {
      memcpy(area, part->iov_base, part->iov_len);
      return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, address, &whole);
    }
  }
  return syscall(SYS_ptrace, request, pid, address, data);
}
