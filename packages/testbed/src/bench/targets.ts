import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildBusyboxImage } from '../busybox-image.js';
import { type CriClient, criClient } from '../cri-client.js';
import { startNode, type TestNode } from '../node.js';
import { peersList } from './cni-list.js';
import { startContainerd } from './containerd.js';

/** A runtime that is measured. */
export interface Target {
  /** The handler's name, or the peer's. */
  name: string;
  cri: CriClient;
  /** Where its pods' cgroups go; empty is the runtime's own choice. */
  cgroup: string;
  /** Its processes name this directory on their command lines. */
  directory: string;
  /** The parameters of containerd. */
  containerdPid?: number | undefined;
  /** Slipway's node; a peer has none. */
  node?: TestNode | undefined;
  stop(): Promise<void>;
}

/** A Slipway node with one handler, ready for pods. */
export async function slipwayTarget(handler: string, cni: string): Promise<Target> {
  const node = await startNode({
    handlers: [handler],
    inMemory: true,
    ...(cni === 'peers' ? { cniList: peersList } : {}),
    // As a node in use would log.
    settings: { 'runtime.defaultHandler': handler, 'log.level': 'info' },
  });
  const cri = criClient(node.socket);
  const stop = async (): Promise<void> => {
    cri.close();
    await node.stop();
  };
  try {
    await handlerReady(cri);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name: handler, cri, cgroup: '', directory: node.place.directory, node, stop };
}

/** Debian's containerd with runc and the same CNI plugins. */
export async function containerdTarget(registry: { host: string }): Promise<Target> {
  // A sandbox's container only has to be there: the image's own program sleeps.
  const config = { Cmd: ['sleep', '2147483647'] };
  const { reference } = await buildBusyboxImage({ registry, repository: 'bench/pause', config });
  const containerd = await startContainerd({ sandboxImage: reference, cniList: peersList });
  return { name: 'containerd', ...containerd, directory: dirname(containerd.socket), containerdPid: containerd.pid };
}

/** A runtime that runs already and is not set up by the benchmark. */
export interface Peer {
  name: string;
  socket: string;
}

/** Parses NAME=SOCKET. Throws an Error for any other form. */
export function parsePeer(text: string): Peer {
  const [, name, socket] = /^([^=\s]+)=(?:unix:\/\/)?(\/.+)$/.exec(text) ?? [];
  if (name === undefined || socket === undefined) {
    throw new Error(`--peer ${text}: a peer is NAME=SOCKET, for example cri-o=/run/crio/crio.sock`);
  }
  return { name, socket };
}

/** A peer by its CRI socket. Its pods are removed one by one; it continues to run after the measurement. */
export function peerTarget({ name, socket }: Peer): Target {
  const cri = criClient(socket);
  const stop = async (): Promise<void> => cri.close();
  return { name, cri, cgroup: '', directory: dirname(socket), stop };
}

/** An executor probes its runtime before it counts as ready: 60 seconds at most. */
async function handlerReady(cri: CriClient): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { status } = await cri.status({});
    const unmet = (status?.conditions ?? []).filter((condition) => !condition.status);
    if (unmet.length === 0) return;
    if (tries === 600) throw new Error(unmet.map(({ type, message }) => `${type}: ${message}`).join('; '));
    await sleep(100);
  }
}
