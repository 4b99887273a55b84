import { ContainerPhase, type ContainerRecord, SandboxPhase, type SandboxRecord } from '@slipway/contracts';

const reason = 'the node was restarted';

/** A sandbox of an earlier run of the kernel, as it is now; undefined where nothing of it was alive. */
export function sandboxAfterReboot(record: SandboxRecord): SandboxRecord | undefined {
  if (record.phase !== SandboxPhase.SANDBOX_READY) return undefined;
  return { ...record, phase: SandboxPhase.SANDBOX_NOT_READY, reason };
}

/**
 * A container of an earlier run of the kernel, as it is now; undefined where nothing of it was alive. Code and reason
 * are those that containerd has for a task which it does not find any more.
 */
export function containerAfterReboot(record: ContainerRecord): ContainerRecord | undefined {
  const { CONTAINER_PHASE_CREATED, CONTAINER_PHASE_RUNNING, CONTAINER_PHASE_EXITED } = ContainerPhase;
  if (record.phase !== CONTAINER_PHASE_CREATED && record.phase !== CONTAINER_PHASE_RUNNING) return undefined;
  return {
    ...record,
    phase: CONTAINER_PHASE_EXITED,
    exitCode: 255,
    reason: 'Unknown',
    message: reason,
    finishedAt: BigInt(Date.now()) * 1_000_000n,
    pid: 0,
    startTicks: 0n,
  };
}
