/** The profile that RuntimeDefault means, loaded when it is missing. A profile of that name that an administrator has loaded is kept. */
export const defaultProfile = 'slipway-default';

/**
 * Text of the default profile, for apparmor_parser(8). A container may do what its file permissions, capabilities and
 * seccomp profile allow, except mount file systems and change what belongs to the whole host: the kernel's settings
 * outside of a container's namespaces, devices' files in /sys, the memory of the machine. Paths are written out and nothing is included, so
 * that it loads on hosts without the distribution's abstractions.
 */
export function defaultProfileText(name: string = defaultProfile): string {
  return `profile ${name} flags=(attach_disconnected,mediate_deleted) {
  file,
  network,
  capability,
  unix,
  dbus,
  umount,

  # Between the container's own processes, and from the host: a signal is checked for its receiver too.
  signal (send, receive) peer=${name},
  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (receive) peer=crun,
  signal (receive) peer=conmon,
  ptrace (trace, read, tracedby, readby) peer=${name},

  deny mount,

  # The machine's memory, and keys that end it.
  deny /proc/{kcore,kmem,mem,sysrq-trigger,kpagecount,kpageflags,kpagecgroup} rwklx,
  # Drivers' files.
  deny /proc/{acpi,asound,bus,driver,dynamic_debug,fs,ide,irq,mpt,scsi,tty}/** wklx,
  deny /proc/{mtrr,timer_stats,sched_debug,slabinfo,swaps,vmallocinfo,zoneinfo} wklx,
  # Settings of the kernel that no namespace has for itself. What namespaces have stays writable: net, fs.mqueue,
  # kernel.shm*, kernel.msg*, kernel.sem, kernel.hostname and kernel.domainname.
  deny /proc/sys/{abi,crypto,debug,dev,sunrpc,user,vm,xen}/** wklx,
  deny /proc/sys/fs/{[^m]*,m[^q]*}{,/**} wklx,
  deny /proc/sys/kernel/{[^dhms]*,d[^o]*,h[^o]*,m[^s]*,s[^eh]*,se[^m]*,sh[^m]*}{,/**} wklx,

  # /sys apart from control groups, which their own mount guards.
  deny /sys/{[^f]*,f[^s]*}/** wklx,
  deny /sys/fs/{[^c]*,c[^g]*}/** wklx,
  deny /sys/{firmware,kernel/security,devices/virtual/powercap}/** rwklx,
}
`;
}
