import { createHash } from 'node:crypto';
import {
  type CreateSandboxRequest,
  type CreateSandboxResponse,
  type RemoveSandboxRequest,
  type RemoveSandboxResponse,
  SandboxPhase,
  type SandboxRecord,
  type StopSandboxRequest,
  type StopSandboxResponse,
  type UpdateSandboxCall,
  type UpdateSandboxResult,
} from '@slipway/contracts';
import { LinuxPodSandboxConfig, NamespaceMode, PodSandboxConfig } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { movePhase, sandboxPhaseName } from '@slipway/records';
import { nowNanos } from '@slipway/time';
import type { Call, NullContext } from './context.js';

const { SANDBOX_INTENT, SANDBOX_READY, SANDBOX_NOT_READY } = SandboxPhase;

/** Moves a reserved sandbox's record to READY. Throws SANDBOX_NOT_FOUND, SANDBOX_NOT_READY, INVALID_REQUEST. */
export async function createSandbox(
  context: NullContext,
  request: CreateSandboxRequest,
  call: Call,
): Promise<CreateSandboxResponse> {
  const id = request.sandbox?.id;
  if (!id) throw new SlipwayError('INVALID_REQUEST', 'the sandbox of the request has no id');
  return await locked(context, id, call, async () => {
    const object = `sandbox ${id}`;
    const record = await move(context, id, SANDBOX_INTENT, ({ config }) => ({
      phase: SANDBOX_READY,
      reason: '',
      ips: onHostNetwork(config) ? [] : [address(id)],
    }));
    if (!record) throw new SlipwayError('SANDBOX_NOT_FOUND', 'it was not reserved, or is removed', { object });
    if (record.phase === SANDBOX_READY) return { sandbox: record };
    throw new SlipwayError('SANDBOX_NOT_READY', `it is ${sandboxPhaseName(record.phase)} already`, { object });
  });
}

/** Moves the record to NOT_READY. One that is not known is success. */
export async function stopSandbox(
  context: NullContext,
  { id }: StopSandboxRequest,
  call: Call,
): Promise<StopSandboxResponse> {
  return await locked(context, id, call, async () => {
    await move(context, id, SANDBOX_READY, () => ({ phase: SANDBOX_NOT_READY, reason: 'stopped' }));
    return {};
  });
}

/** Stops the sandbox where that was not done; there is nothing else of it. */
export async function removeSandbox(
  context: NullContext,
  { id }: RemoveSandboxRequest,
  call: Call,
): Promise<RemoveSandboxResponse> {
  return await locked(context, id, call, async () => {
    await move(context, id, SANDBOX_READY, () => ({ phase: SANDBOX_NOT_READY, reason: 'being removed' }));
    return {};
  });
}

/** Keeps in the record what the pod needs by now. Throws SANDBOX_NOT_FOUND, SANDBOX_NOT_READY. */
export async function updateSandbox(
  context: NullContext,
  request: UpdateSandboxCall,
  call: Call,
): Promise<UpdateSandboxResult> {
  const { id } = request;
  const object = `sandbox ${id}`;
  return await locked(context, id, call, async () => {
    const record = await context.records.sandboxes.transition(id, (current) => {
      if (current.phase !== SANDBOX_READY) return undefined;
      const linux = LinuxPodSandboxConfig.create(current.config?.linux);
      const overhead = request.overhead ?? linux.overhead;
      const resources = request.resources ?? linux.resources;
      const config = PodSandboxConfig.create({ ...current.config, linux: { ...linux, overhead, resources } });
      return { ...current, config };
    });
    if (!record) throw new SlipwayError('SANDBOX_NOT_FOUND', 'no such sandbox', { object });
    if (record.phase === SANDBOX_READY) return {};
    throw new SlipwayError('SANDBOX_NOT_READY', `it is ${sandboxPhaseName(record.phase)}`, { object });
  });
}

/** As the contract asks of instances that share a handler, and as every other executor pays for it. */
function locked<T>(context: NullContext, id: string, { signal }: Call, work: () => Promise<T>): Promise<T> {
  return context.records.withLock(`sandbox:${id}`, work, { signal });
}

async function move(
  context: NullContext,
  id: string,
  from: SandboxPhase,
  change: (current: SandboxRecord) => Partial<SandboxRecord>,
): Promise<SandboxRecord | undefined> {
  const { moved, record } = await movePhase(context.records.sandboxes, id, [from], change);
  if (moved && record) {
    context.publish('sandbox', { id, sandboxId: id, phase: sandboxPhaseName(record.phase), at: nowNanos() });
  }
  return record;
}

function onHostNetwork(config: PodSandboxConfig | undefined): boolean {
  return config?.linux?.securityContext?.namespaceOptions?.network === NamespaceMode.NODE;
}

/**
 * A kubelet makes a pod without an address anew. This one is of the network that is set aside for benchmarks
 * (198.18.0.0/15, RFC 2544), so that it is nobody's; two sandboxes can have the same.
 */
function address(id: string): string {
  const [low = 0, middle = 0, high = 0] = createHash('sha256').update(id).digest();
  return `198.${18 + (high & 1)}.${middle}.${low}`;
}
