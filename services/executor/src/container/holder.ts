import { createContainer } from '@slipway/conmon';
import type { ContainerRecord } from '@slipway/contracts';
import type { Call, ContainerHolder, HeldContainer } from '../context.js';
import type { ExecutorPaths } from '../paths.js';
import type { Runtime } from '../runtime/runtime.js';
import type { ConmonPlace } from './conmon-place.js';
import type { ContainerFacts } from './facts.js';

export interface ConmonParts {
  /** The binary's path. */
  conmon: string;
  runtime: Runtime;
  paths: ExecutorPaths;
  place: ConmonPlace;
}

/** The holder of every container that its runtime gives a process of its own on the host. */
export class ConmonHolder implements ContainerHolder {
  constructor(readonly parts: ConmonParts) {}

  async create(record: ContainerRecord, facts: ContainerFacts, call: Call): Promise<HeldContainer> {
    const { conmon, runtime, paths, place } = this.parts;
    const own = paths.container(record.id);
    const { file: runtimePath, env } = runtime.createLaunch;
    return await createContainer(
      {
        conmon,
        id: record.id,
        bundle: record.bundle,
        runtimePath,
        runtimeArgs: [...ownLog(runtime, own.runtimeLog), ...runtime.globalArgs],
        logPath: record.logPath,
        exitDir: paths.exits,
        persistDir: own.persist,
        socketDir: paths.attach,
        pidFile: own.pidFile,
        conmonPidFile: own.conmonPidFile,
        tty: facts.tty,
        stdin: record.config?.stdin ?? false,
        stdinOnce: record.config?.stdinOnce ?? false,
        noNewKeyring: runtime.capabilities.noNewKeyring,
      },
      { ...call, env, place: (conmonPid) => place.take(conmonPid) },
    );
  }

  async start(record: ContainerRecord, call: Call): Promise<void> {
    await this.parts.runtime.start(record.id, call);
  }
}

/**
 * A runtime that logs to its stderr, which is the container's at `create`, would put its warnings into the container's
 * log. runc writes the error that it ends with to its stderr besides, where conmon looks for it; crun writes errors to
 * one place only, and warns of next to nothing.
 */
function ownLog(runtime: Runtime, file: string): string[] {
  return runtime.capabilities.logsToStderr ? [`--log=${file}`] : [];
}
