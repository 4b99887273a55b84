import { type HandlerInfo, SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import { NamespaceMode, type PodSandboxConfig, type RunPodSandboxRequest } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import type { Claim } from '@slipway/records';
import { nowNanos } from '@slipway/time';
import { checkSandboxBounds } from '../bounds.js';
import type { Call, Gateway } from '../context.js';
import { findSandbox } from '../ids.js';
import { createOnce, sandboxOperation } from '../operations.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';
import { undoCreation } from '../undo-creation.js';
import { discardSandbox } from './remove-pod-sandbox.js';

/**
 * Makes a sandbox: reserve its id, build the infra container's bundle where it needs
 * one, and let the executor make namespaces, network and cgroup.
 */
export const runPodSandbox: RuntimeRpcs['runPodSandbox'] = async (gateway, request, call) => {
  const { metadata } = request.config ?? {};
  if (!request.config || !metadata?.name) throw new SlipwayError('INVALID_REQUEST', 'config.metadata.name is empty');
  checkSandboxBounds(request.config);
  const key = sandboxOperation(metadata);
  const id = await createOnce(gateway, call, {
    key,
    exists: 'SANDBOX_EXISTS',
    stands: async (made) => (await findSandbox(gateway, made)) !== undefined,
    made: async () => {
      const records = await gateway.records.sandboxes.list();
      return records.find((record) => record.operation === key && record.phase !== SandboxPhase.SANDBOX_INTENT)?.id;
    },
    make: (claim) => gateway.nri.during(() => makeSandbox(gateway, request, call, key, claim)),
  });
  return { podSandboxId: id };
};

async function makeSandbox(
  gateway: Gateway,
  { config, runtimeHandler }: RunPodSandboxRequest,
  { trace, log }: Call,
  operation: string,
  { id, resumed }: Claim,
): Promise<void> {
  const handler = await gateway.handlers.resolve(runtimeHandler);
  const createdAt = nowNanos();
  const sandbox: Partial<SandboxRecord> = {
    id,
    config,
    runtimeHandler,
    handler: handler.name,
    phase: SandboxPhase.SANDBOX_INTENT,
    createdAt,
    operation,
  };
  // Put, not insert: a try whose gateway died may have left the same intent.
  await gateway.records.sandboxes.put(id, sandbox);
  try {
    const { bundle } = needsInfra(config, handler)
      ? await gateway.builder.buildInfraBundle({ sandbox, handler }, { operation: id, trace })
      : { bundle: '' };
    const executor = gateway.executor(handler.name);
    const hold = gateway.nri.holdsSandboxes;
    const made = await executor.createSandbox({ sandbox, infraBundle: bundle, hold }, { operation: id, trace });
    if (hold && made.sandbox) {
      await showToPlugins(gateway, made.sandbox);
      await executor.createSandbox({ sandbox, infraBundle: bundle }, { operation: id, trace });
    }
  } catch (error) {
    log.info({ err: error, sandbox: id, resumed }, 'sandbox could not be made; undoing');
    await undoCreation(gateway, {
      ...{ key: operation, object: `sandbox ${id}`, id, createdAt, table: gateway.records.sandboxes },
      discard: () => discardSandbox(gateway, { ...sandbox, id, handler: handler.name }, trace),
    });
    throw error;
  }
}

/** Plugins see a sandbox before it is ready, and can refuse it; a refusal is followed by its removal event. */
async function showToPlugins(gateway: Gateway, sandbox: SandboxRecord): Promise<void> {
  try {
    await gateway.nri.runPodSandbox(sandbox);
  } catch (error) {
    await gateway.nri.removePodSandbox(sandbox);
    throw error;
  }
}

/**
 * As the handler's policy says. A process must hold the pid namespace that containers share; gVisor's sandbox is a
 * container itself. The CRI's zero value is POD: kubelets say CONTAINER where they mean it.
 * @throws SlipwayError UNSUPPORTED where one is needed and the handler has none
 */
function needsInfra(config: PodSandboxConfig | undefined, handler: HandlerInfo): boolean {
  const mode = config?.linux?.securityContext?.namespaceOptions?.pid ?? NamespaceMode.POD;
  if (handler.infra === 'none') return false;
  const needed = handler.sandboxIsContainer || mode === NamespaceMode.POD;
  if (needed && handler.infra === 'never') {
    throw new SlipwayError('UNSUPPORTED', 'pods that share a pid namespace need an infra container', {
      object: `handler ${handler.name}`,
      hint: `use a handler whose runtime.handlers.${handler.name}.infra is not never, or shareProcessNamespace: false`,
    });
  }
  return needed || handler.infra === 'always';
}
