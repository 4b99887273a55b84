/** The filters of system calls (seccomp(2)) that processes of a node run under. */
export type SystemCallProfile = 'service' | 'builder' | 'server' | 'decompressor';

/** Other system calls than those of the profile answer EPERM. */
interface Allowed {
  readonly kind: 'allow';
  readonly calls: readonly string[];
}

/** These system calls answer EPERM. */
interface Denied {
  readonly kind: 'deny';
  readonly calls: readonly string[];
}

export type SystemCallRules = Allowed | Denied;

/** Calls by which a process changes the kernel, or gets at other processes, and that no process below an executor needs. */
const never = [
  ...['init_module', 'finit_module', 'delete_module', 'kexec_load', 'kexec_file_load', 'reboot'],
  ...['bpf', 'perf_event_open', 'userfaultfd', 'io_uring_setup', 'ptrace', 'process_vm_readv', 'process_vm_writev'],
  ...['pidfd_getfd', 'kcmp', 'add_key', 'request_key', 'keyctl', 'open_by_handle_at', 'iopl', 'ioperm', 'modify_ldt'],
  ...['swapon', 'swapoff', 'acct', 'quotactl', 'quotactl_fd', 'syslog', 'sethostname', 'setdomainname'],
  ...['settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex', 'move_pages', 'migrate_pages', 'lookup_dcookie'],
];

/** Calls by which a process changes what it, or others, see of the file system. */
const mounting = [
  ...['mount', 'umount2', 'pivot_root', 'chroot', 'mount_setattr', 'open_tree', 'move_mount'],
  ...['fsopen', 'fsconfig', 'fsmount', 'fspick'],
];

/**
 * The rules of each profile. clone3 answers ENOSYS in all of them, because a filter cannot see its flags: C libraries use
 * clone then, and where `unshare` is denied, so are its flags that make namespaces. An executor, and the supervisor that
 * starts it, have no filter: containers inherit it, and a privileged one may load modules.
 */
export const systemCallRules: Readonly<Record<SystemCallProfile, SystemCallRules>> = {
  service: { kind: 'deny', calls: [...never, ...mounting, 'unshare', 'setns'] },
  // It mounts, and makes user namespaces for mounts with mapped ids.
  builder: { kind: 'deny', calls: never },
  server: { kind: 'deny', calls: [...never, ...mounting, 'unshare', 'setns'] },
  /**
   * Read, write, memory, exit; a thread (clone only with CLONE_VM, so that it makes no process), since zstd has some; and
   * the steps on the way to the program: its start by setpriv(1), and the dynamic linker, which opens files to read only.
   */
  decompressor: {
    kind: 'allow',
    calls: [
      ...['read', 'readv', 'pread64', 'write', 'writev', 'lseek', 'close', 'fstat', 'newfstatat', 'ioctl'],
      ...['brk', 'mmap', 'munmap', 'mremap', 'mprotect', 'madvise', 'futex', 'clone', 'vfork'],
      ...['exit', 'exit_group', 'rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn', 'sigaltstack', 'restart_syscall'],
      ...['clock_gettime', 'clock_nanosleep', 'nanosleep', 'getrandom', 'sched_yield', 'sched_getaffinity'],
      ...['getpid', 'gettid', 'getuid', 'geteuid', 'getgid', 'getegid', 'getresuid', 'getresgid', 'uname', 'sysinfo'],
      ...[
        'execve',
        'openat',
        'open',
        'access',
        'faccessat',
        'faccessat2',
        'readlink',
        'readlinkat',
        'fstatfs',
        'statx',
      ],
      ...['arch_prctl', 'set_tid_address', 'set_robust_list', 'rseq', 'prlimit64', 'getrlimit'],
      ...['setresuid', 'setresgid', 'setgroups', 'capget', 'capset', 'prctl'],
      // What posix_spawn(3), and the thread that calls it, need besides.
      ...['dup2', 'dup3', 'fcntl', 'close_range', 'setsid', 'setpgid', 'epoll_wait', 'epoll_pwait', 'epoll_ctl'],
      ...['membarrier', 'getpriority', 'setpriority', 'sched_getscheduler', 'sched_getparam', 'eventfd2'],
    ],
  },
};
