import { rm } from 'node:fs/promises';
import { ContainerState } from '@slipway/cri';
import type { CriClient } from '@slipway/cri-client';
import { SlipwayError } from '@slipway/errors';
import { endSignals } from '../client/interruptible.js';
import { readLog } from '../client/log-follower.js';
import { listNamed } from '../client/names.js';
import type { RunOptions, RunPod } from './pod-of.js';

/** A pull is as long as it is: the puller gives up by itself when no byte comes. Milliseconds. */
const pullMs = 24 * 3600_000;
/** Seconds from SIGTERM to SIGKILL for what is interrupted, as podman and docker have them. */
export const graceSeconds = 10;

/** Objects that `slipway run` has created. */
export interface Started {
  podId: string;
  containerId: string;
}

/** Makes the image present as --pull says. @throws IMAGE_NOT_FOUND with --pull never */
export async function ensureImage(cri: CriClient, image: string, pull: string): Promise<void> {
  if (pull !== 'always') {
    const { image: known } = await cri.imageStatus({ image: { image } });
    if (known) return;
    if (pull === 'never') throw new SlipwayError('IMAGE_NOT_FOUND', 'the image is not on this node', { object: image });
  }
  await cri.pullImage({ image: { image } }, { timeoutMs: pullMs });
}

/** Creates pod and container; what was made is removed again where the next step fails. */
export async function createPod(cri: CriClient, { pod, container }: RunPod, options: RunOptions): Promise<Started> {
  const name = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
  const taken = (await listNamed(cri)).find((one) => one.kind === 'pod' && one.name === name);
  if (taken) {
    throw new SlipwayError('SANDBOX_EXISTS', 'there is a pod of this name already', {
      object: name,
      hint: `give another --name, or remove it: slipway rm ${name}`,
    });
  }
  const { podSandboxId: podId } = await cri.runPodSandbox({ config: pod, runtimeHandler: options.handler ?? '' });
  try {
    const request = { podSandboxId: podId, config: container, sandboxConfig: pod };
    return { podId, containerId: (await cri.createContainer(request)).containerId };
  } catch (error) {
    await removePod(cri, podId, pod.logDirectory ?? '');
    throw error;
  }
}

/** Stops and removes a pod with its containers, and its log. */
export async function removePod(cri: CriClient, podSandboxId: string, logDirectory: string): Promise<void> {
  await cri.stopPodSandbox({ podSandboxId });
  await cri.removePodSandbox({ podSandboxId });
  if (logDirectory !== '') await rm(logDirectory, { recursive: true, force: true });
}

/**
 * Starts the container with its streams on this process's own, and answers its exit code when it has ended. SIGINT and
 * SIGTERM stop the container; a second one kills it. The pod is stopped then, with --rm removed, whatever happened.
 */
export async function runAttached(
  cri: CriClient,
  started: Started,
  options: RunOptions,
  logDirectory: string,
): Promise<number> {
  const { podId, containerId } = started;
  const release = stopOnSignal(cri, containerId);
  try {
    if (options.interactive || options.tty) await attachAndStart(cri, containerId, options);
    else await startAndFollow(cri, containerId);
    return await exitCode(cri, containerId);
  } finally {
    release();
    if (options.rm) await removePod(cri, podId, logDirectory);
    else await cri.stopPodSandbox({ podSandboxId: podId });
  }
}

async function attachAndStart(cri: CriClient, containerId: string, options: RunOptions): Promise<void> {
  const { interactive: stdin = false, tty = false } = options;
  const { url } = await cri.attach({ containerId, stdin, tty, stdout: true, stderr: !tty });
  const { runHere } = await import('../client/terminal.js');
  let failed: unknown;
  // Not before the streams are open: what it says first would be missed.
  await runHere(url, { stdin, tty }, () => {
    cri.startContainer({ containerId }).catch(async (error: unknown) => {
      failed = error;
      // The end of the container ends the streams.
      await cri.stopContainer({ containerId, timeout: 0n }).catch(() => undefined);
    });
  });
  if (failed !== undefined) throw failed;
}

/** All that it says is in its log, so nothing is missed however soon it ends. */
async function startAndFollow(cri: CriClient, containerId: string): Promise<void> {
  await cri.startContainer({ containerId });
  const status = async () => (await cri.containerStatus({ containerId })).status;
  const ended = async (): Promise<boolean> => (await status())?.state !== ContainerState.CONTAINER_RUNNING;
  for await (const { stream, text } of readLog((await status())?.logPath ?? '', { ended })) {
    (stream === 'stderr' ? process.stderr : process.stdout).write(text);
  }
}

async function exitCode(cri: CriClient, containerId: string): Promise<number> {
  const { exitCodeOf } = await import('../commands/attach.js');
  return await exitCodeOf(cri, containerId);
}

function stopOnSignal(cri: CriClient, containerId: string): () => void {
  let times = 0;
  const stop = (): void => {
    times += 1;
    const timeout = times === 1 ? BigInt(graceSeconds) : 0n;
    cri.stopContainer({ containerId, timeout }, { timeoutMs: (graceSeconds + 60) * 1000 }).catch((error: unknown) => {
      process.stderr.write(`slipway: it cannot be stopped: ${(error as Error).message}\n`);
    });
  };
  for (const name of endSignals) process.on(name, stop);
  return () => {
    for (const name of endSignals) process.off(name, stop);
  };
}
