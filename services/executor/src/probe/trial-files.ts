import { closeSync, openSync } from 'node:fs';
import { chown, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinary } from '@slipway/config';
import {
  listMounts,
  mountAt,
  mountIdmappedOverlay,
  mountOverlay,
  removeTree,
  setPropagation,
  unmountBelow,
} from '@slipway/linux';
import { cgroupsPath, type IdMappings } from '@slipway/oci-spec';
import type { SandboxContext } from '../sandbox/context.js';

/** The program of a trial's container. */
export const trialInit = '/catatonit';
const nobody = 65534;

/** The user namespace of a trial. */
export interface TrialUserNamespace {
  path: string;
  ids: IdMappings;
}

export interface TrialBundle {
  recursiveReadOnly: boolean;
  userNamespace?: TrialUserNamespace | undefined;
}

/**
 * Where a trial's bundle and root file system lie: below `root`, on the file system of images and bundles. The state
 * directory would not do, because systemd mounts /run without devices and set-user-ID, Debian's initramfs also without
 * execution.
 */
export function trialsDirectory({ settings }: Pick<SandboxContext, 'settings'>): string {
  return join(settings.root, 'trials');
}

/** Unmounts and removes the files of a trial; none is success. */
export async function removeTrialFiles(context: SandboxContext, id: string): Promise<void> {
  const directory = join(trialsDirectory(context), id);
  unmountBelow(directory);
  await removeTree(directory);
}

/**
 * Makes a trial's bundle, its root file system mounted as the builder mounts those of containers: an overlay of a layer
 * that holds an init and nothing else. Answers the bundle's path. Throws SyscallError and what Node's file calls throw.
 */
export async function makeTrialBundle(context: SandboxContext, id: string, wanted: TrialBundle): Promise<string> {
  const directory = join(trialsDirectory(context), id);
  const at = (name: string): string => join(directory, name);
  await mkdir(trialsDirectory(context), { recursive: true, mode: 0o711 });
  await mkdir(directory, { mode: 0o710 });
  for (const name of ['upper', 'work', 'staging', 'rootfs', 'bundle']) await mkdir(at(name));
  const layer = at('layers/lower');
  for (const name of ['proc', 'sys', 'dev', 'mount']) await mkdir(join(layer, name), { recursive: true });
  await copyFile(findBinary(context.settings.runtime.catatonit), join(layer, trialInit));
  const overlay = { lower: [layer], upper: at('upper'), work: at('work'), target: at('rootfs') };
  const { userNamespace: user } = wanted;
  if (user) {
    await chown(directory, 0, user.ids.gid.hostID);
    await chown(at('upper'), user.ids.uid.hostID, user.ids.gid.hostID);
    const usernsFd = openSync(user.path, 'r');
    try {
      mountIdmappedOverlay({ ...overlay, usernsFd, staging: at('staging') });
    } finally {
      closeSync(usernsFd);
    }
  } else {
    mountOverlay(overlay);
  }
  setPropagation(at('rootfs'), 'private');
  await writeConfig(context, id, { ...wanted, bundle: at('bundle'), rootfs: at('rootfs') });
  return at('bundle');
}

async function writeConfig(
  { settings }: SandboxContext,
  id: string,
  { bundle, rootfs, recursiveReadOnly, userNamespace: user }: TrialBundle & { bundle: string; rootfs: string },
): Promise<void> {
  const source = join(bundle, 'mount');
  await mkdir(source);
  // A user namespace cannot take these flags off a mount that it did not make (mount_namespaces(7)).
  const locked = mountAt(source, listMounts())?.options.filter((flag) => /^(nosuid|nodev|noexec)$/.test(flag)) ?? [];
  // Beside the pods' parent and not below it, so that nothing of it stays where there are no pods.
  const parent = settings.cgroup.driver === 'systemd' ? settings.cgroup.parent : '/';
  const config = {
    ociVersion: '1.0.2',
    root: { path: rootfs, readonly: true },
    process: {
      user: { uid: nobody, gid: nobody },
      args: [trialInit, '-P'],
      env: ['PATH=/'],
      cwd: '/',
      noNewPrivileges: true,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/mount', type: 'bind', source, options: ['rbind', recursiveReadOnly ? 'rro' : 'ro', ...locked] },
    ],
    annotations: { 'io.kubernetes.cri.container-type': 'sandbox', 'io.kubernetes.cri.sandbox-id': id },
    linux: {
      namespaces: [
        ...['mount', 'pid', 'ipc', 'uts', 'network'].map((type) => ({ type })),
        ...(user ? [{ type: 'user', path: user.path }] : []),
      ],
      ...(user ? { uidMappings: [user.ids.uid], gidMappings: [user.ids.gid] } : {}),
      cgroupsPath: cgroupsPath(settings.cgroup.driver, parent, `slipway-${id}`),
      resources: {},
    },
  };
  await writeFile(join(bundle, 'config.json'), JSON.stringify(config));
}
