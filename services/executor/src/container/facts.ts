import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerCgroup } from '@slipway/cgroups';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';
import type { ExecutorPaths } from '../paths.js';

/** The part of a bundle's config.json that the executor needs long after its creation. */
export interface ContainerFacts {
  /** linux.cgroupsPath; empty when the bundle names none. */
  cgroupsPath: string;
  /** Known once its creation has begun. */
  sandboxId?: string | undefined;
  /** Whose executors look after it; known once its creation has begun. */
  handler?: string | undefined;
  /** Where the runtime has put the container; known once it was created, and only on cgroup v2. */
  cgroup?: ContainerCgroup | undefined;
  /** The container has a pid namespace of its own: the end of its init ends every process of it. */
  ownPidNamespace: boolean;
  tty: boolean;
}

/** The cgroup that holds all of a container, as a `cgroupsPath`; empty for one that has none. */
export function wholeCgroup({ cgroup, cgroupsPath }: Pick<ContainerFacts, 'cgroup' | 'cgroupsPath'>): string {
  return cgroup?.whole ?? cgroupsPath;
}

/** The cgroup of a container's init and of what joins it, as a `cgroupsPath`; empty for one that has none. */
export function ownCgroup({ cgroup, cgroupsPath }: Pick<ContainerFacts, 'cgroup' | 'cgroupsPath'>): string {
  return cgroup?.own ?? cgroupsPath;
}

/** Small files are read synchronously: a trip through the thread pool costs more. */
interface BundleConfig {
  process?: { terminal?: boolean };
  linux?: { cgroupsPath?: string; namespaces?: { type: string; path?: string }[] };
}

/** Reads a bundle's config.json. Throws INVALID_REQUEST when there is none. */
export async function readBundleFacts(bundle: string): Promise<ContainerFacts> {
  let config: BundleConfig;
  try {
    config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as BundleConfig;
  } catch (cause) {
    throw new SlipwayError('INVALID_REQUEST', `the bundle ${bundle} has no readable config.json`, {
      cause,
      hint: 'the bundle is built before the container is created',
    });
  }
  const pid = config.linux?.namespaces?.find((namespace) => namespace.type === 'pid');
  return {
    cgroupsPath: config.linux?.cgroupsPath ?? '',
    ownPidNamespace: pid !== undefined && !pid.path,
    tty: config.process?.terminal ?? false,
  };
}

export async function saveFacts(paths: ExecutorPaths, id: string, facts: ContainerFacts): Promise<void> {
  writeFileSync(paths.container(id).facts, JSON.stringify(facts));
}

/** The facts as saved at the creation, else those of the bundle; undefined when both are gone. */
export async function findFacts(paths: ExecutorPaths, id: string, bundle: string): Promise<ContainerFacts | undefined> {
  try {
    return JSON.parse(readFileSync(paths.container(id).facts, 'utf8')) as ContainerFacts;
  } catch (error) {
    // A file cut short by a crash is as good as none.
    if (!hasCode(error, 'ENOENT') && !(error instanceof SyntaxError)) throw error;
  }
  if (bundle === '') return undefined;
  try {
    return await readBundleFacts(bundle);
  } catch {
    return undefined;
  }
}
