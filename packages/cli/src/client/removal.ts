import { rm } from 'node:fs/promises';
import type { CriClient } from '@slipway/cri-client';
import { SlipwayError } from '@slipway/errors';
import { runLogDirectory } from '../run/pod-of.js';
import type { Named } from './names.js';

/** For a call that waits for a grace of its own. Milliseconds beyond it. */
const slackMs = 60_000;

/** Stops a container with a grace in seconds; of a pod its containers so, and then the pod. */
export async function stopNamed(
  cri: CriClient,
  { kind, id }: Named,
  all: readonly Named[],
  grace: number,
): Promise<void> {
  const running = all.filter((one) => one.kind === 'container' && one.live && (one.id === id || one.podId === id));
  await Promise.all(
    running.map(({ id: containerId }) =>
      cri.stopContainer({ containerId, timeout: BigInt(grace) }, { timeoutMs: grace * 1000 + slackMs }),
    ),
  );
  if (kind === 'pod') await cri.stopPodSandbox({ podSandboxId: id });
}

/**
 * Removes a container, or a pod with its containers.
 * @param force also what is live: it is killed
 * @throws CONTAINER_STATE without `force`, naming what runs
 */
export async function removeNamed(
  cri: CriClient,
  named: Named,
  all: readonly Named[],
  { force, root }: { force: boolean; root: string },
): Promise<void> {
  const { kind, id, name } = named;
  const own = all.filter((one) => one.kind === 'container' && (one.id === id || one.podId === id));
  const running = own.filter(({ live }) => live);
  if (running.length > 0 && !force) {
    throw new SlipwayError('CONTAINER_STATE', `it runs: ${running.map((one) => one.name).join(', ')}`, {
      object: name,
      hint: `slipway stop ${name} first, or slipway rm --force`,
    });
  }
  if (kind === 'container') {
    if (force) await cri.stopContainer({ containerId: id, timeout: 0n });
    await cri.removeContainer({ containerId: id });
    return;
  }
  const { status } = await cri.podSandboxStatus({ podSandboxId: id });
  // Kills what runs; a pod whose containers have all ended is stopped without a question.
  await cri.stopPodSandbox({ podSandboxId: id });
  await cri.removePodSandbox({ podSandboxId: id });
  const uid = status?.metadata?.uid ?? '';
  // A kubelet keeps the logs of its pods where it likes; those of `slipway run` are ours.
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uid)) {
    await rm(runLogDirectory(root, uid), { recursive: true, force: true });
  }
}
