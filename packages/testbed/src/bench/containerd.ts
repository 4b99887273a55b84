import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CriClient, criClient } from '../cri-client.js';
import { choosePlace, type Place } from '../place.js';
import { tearDown } from '../teardown.js';

/** Debian's containerd at a place of its own: what Slipway is compared with in the same run. */
export interface ContainerdNode {
  readonly cri: CriClient;
  readonly pid: number;
  readonly socket: string;
  /** Where its pods' cgroups go, so that they are taken away with the rest. */
  readonly cgroup: string;
  stop(): Promise<void>;
}

export interface ContainerdOptions {
  /** The image of its sandboxes' containers. */
  sandboxImage: string;
  /** Makes its CNI list. */
  cniList: (place: Place) => string;
  /** An existing directory for what it stores; absent: at its place. */
  root?: string;
  /** False: gzip is read by itself, even where `unpigz` is installed. */
  pigz?: boolean;
}

const startMs = 20_000;

/** Starts containerd with its CRI plugin and runc, set up like the node beside it. */
export async function startContainerd(options: ContainerdOptions): Promise<ContainerdNode> {
  const place = choosePlace({ inMemory: true });
  const confDir = join(place.directory, 'cni.d');
  mkdirSync(confDir);
  writeFileSync(join(confDir, '10-bench.conflist'), options.cniList(place));
  const config = join(place.directory, 'containerd.toml');
  writeFileSync(config, configText(place, confDir, options));
  const log = openSync(join(place.directory, 'log'), 'a');
  const child = spawn('containerd', ['--config', config], {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...(options.pigz === false ? { CONTAINERD_DISABLE_PIGZ: '1' } : {}) },
  });
  closeSync(log);
  const exited = once(child, 'exit').catch((error: unknown) => [error]);
  const cri = criClient(socketOf(place));
  const stop = async (): Promise<void> => {
    cri.close();
    child.kill('SIGTERM');
    await exited;
    await tearDown(place);
  };
  const end = Date.now() + startMs;
  for (;;) {
    const { status } = await cri.status({}, { timeoutMs: 1000 }).catch(() => ({ status: undefined }));
    if (status?.conditions.every((condition) => condition.status)) break;
    if (Date.now() > end || child.exitCode !== null) {
      const said = readFileSync(join(place.directory, 'log'), 'utf8').slice(-2000);
      await stop();
      throw new Error(`containerd does not start: is Debian's containerd installed?\n${said}`);
    }
    await sleep(50);
  }
  return { cri, pid: child.pid as number, socket: socketOf(place), cgroup: place.cgroup, stop };
}

function socketOf(place: Place): string {
  return join(place.directory, 'containerd.sock');
}

function configText({ directory }: Place, confDir: string, { root, sandboxImage }: ContainerdOptions): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "${root ?? `${directory}/root`}"
state = "${directory}/state"
[grpc]
address = "${directory}/containerd.sock"
[${cri}]
sandbox_image = "${sandboxImage}"
# A host may lack CAP_SYS_RESOURCE.
restrict_oom_score_adj = true
disable_apparmor = true
[${cri}.cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${confDir}"
[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
`;
}
