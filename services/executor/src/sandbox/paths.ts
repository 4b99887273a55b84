import { join } from 'node:path';
import type { Settings } from '@slipway/config';

/** The files of one sandbox; the builder binds some of them into its containers. */
export interface SandboxPaths {
  /** SandboxRecord.directory: made first, removed last. */
  readonly directory: string;
  /** The name of the handler whose executors look after the directory. */
  readonly handler: string;
  /** Pinned namespaces, one file a kind. */
  readonly namespaces: string;
  readonly pidNamespace: string;
  /** Where the next two are: a small file system. */
  readonly files: string;
  readonly resolvConf: string;
  readonly hostname: string;
  readonly shm: string;
}

/** Ids become names of files: what is none can have nothing on this node. */
export function isSandboxId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(id);
}

export function sandboxesDirectory(settings: Pick<Settings, 'state'>): string {
  return join(settings.state, 'sandboxes');
}

export function sandboxPaths(settings: Pick<Settings, 'state'>, id: string): SandboxPaths {
  const directory = join(sandboxesDirectory(settings), id);
  const namespaces = join(directory, 'ns');
  return {
    directory,
    handler: join(directory, 'handler'),
    namespaces,
    pidNamespace: join(namespaces, 'pid'),
    files: join(directory, 'files'),
    resolvConf: join(directory, 'resolv.conf'),
    hostname: join(directory, 'hostname'),
    shm: join(directory, 'shm'),
  };
}
