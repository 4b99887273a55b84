import type { RuntimeCapabilities } from './capabilities.js';

/** A runtime as the OCI's command line interface and runtime specification have it, on the host's kernel. */
const plain = {
  runsContainers: true,
  hostKernel: true,
  hostProcesses: true,
  sandboxIsContainer: false,
  platforms: false,
  unifiedResources: true,
  unlimitedQuota: true,
  sharesOverWeight: false,
  noNewKeyring: true,
  logsToStderr: false,
  startFifo: false,
  execDetaches: false,
  execOwnProcess: false,
  execReadsAccounts: false,
  execCgroup: 'all',
  innerPids: false,
} as const satisfies Omit<RuntimeCapabilities, 'title'>;

const kinds = {
  /** opencontainers/runc, from 1.0 on. */
  runc: {
    ...plain,
    title: 'runc',
    logsToStderr: true,
    startFifo: true,
    execDetaches: true,
    execOwnProcess: true,
    execReadsAccounts: true,
    execCgroup: 'named',
  },
  /** containers/crun, from 0.20 on. */
  crun: {
    ...plain,
    title: 'crun',
    // 1.8.1 writes -1 into v1's cpu.cfs_quota_us as an unsigned number, which the kernel refuses; 1.21 has systemd give
    // the scope a hundredth of a processor.
    unlimitedQuota: false,
    sharesOverWeight: true,
    startFifo: true,
  },
  /** google/gvisor. */
  runsc: {
    ...plain,
    title: 'gVisor',
    hostKernel: false,
    hostProcesses: false,
    sandboxIsContainer: true,
    platforms: true,
    unifiedResources: false,
    noNewKeyring: false,
    execCgroup: 'none',
    innerPids: true,
  },
  /** No runtime: `slipway null-executor` answers in its place. */
  null: { ...plain, title: 'null', runsContainers: false },
} as const satisfies Readonly<Record<string, RuntimeCapabilities>>;

/** How a runtime's binary is called, and what its containers are: the setting `kind` of a handler. */
export type RuntimeKind = keyof typeof kinds;

/** All kinds, in the order in which they are listed to people. */
export const runtimeKinds = Object.keys(kinds) as readonly RuntimeKind[];

/** What a kind can do. A kind that is not Slipway's own, as a foreign executor may report, is taken for a plain OCI runtime. */
export function capabilitiesOf(kind: string): RuntimeCapabilities {
  return Object.hasOwn(kinds, kind) ? kinds[kind as RuntimeKind] : { ...plain, title: kind };
}
