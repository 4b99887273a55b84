import { join } from 'node:path';
import type { Settings } from '@slipway/config';

/** Where the run stage keeps what does not survive a reboot. */
export interface ExecutorPaths {
  /** conmon's exit files, of all handlers. */
  readonly exits: string;
  /** Links to the attach sockets; short, because a socket's path is. */
  readonly attach: string;
  /** A directory for each container, infra containers included. */
  readonly containers: string;
  container(id: string): ContainerPaths;
  /** Counts of a sandbox's containers: see exits/oom-kills.ts. */
  oomKills(sandboxId: string): string;
}

export interface ContainerPaths {
  readonly directory: string;
  /** conmon's persist directory: `oom`. */
  readonly persist: string;
  readonly pidFile: string;
  readonly conmonPidFile: string;
  /** The warnings of runc at `create`. */
  readonly runtimeLog: string;
  /** The part of the bundle that later calls need: see ContainerFacts. */
  readonly facts: string;
  /** When the stop signal was sent: see container/stop-signal-file.ts. */
  readonly stopSignal: string;
}

export function executorPaths(settings: Pick<Settings, 'state'>): ExecutorPaths {
  const containers = join(settings.state, 'containers');
  return {
    exits: join(settings.state, 'exits'),
    attach: join(settings.state, 'attach'),
    containers,
    container: (id) => {
      const directory = join(containers, id);
      return {
        directory,
        persist: join(directory, 'persist'),
        pidFile: join(directory, 'pidfile'),
        conmonPidFile: join(directory, 'conmon.pid'),
        runtimeLog: join(directory, 'runtime.log'),
        facts: join(directory, 'facts.json'),
        stopSignal: join(directory, 'stop-signal'),
      };
    },
    oomKills: (sandboxId) => join(settings.state, 'oom', sandboxId),
  };
}
