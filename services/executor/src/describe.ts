import { HandlerInfo } from '@slipway/contracts';
import { toSlipwayError } from '@slipway/errors';
import type { Call } from './context.js';
import type { SandboxContext } from './sandbox/context.js';

/** What this instance says of its handler. */
export async function describeHandler(context: SandboxContext, instance: string, call: Call): Promise<HandlerInfo> {
  const { handler, runtime, cgroups, settings, network } = context;
  const networkStatus = network.status();
  let version = '';
  let reason = '';
  try {
    version = await runtime.version(call);
  } catch (error) {
    reason = toSlipwayError(error).message;
  }
  return HandlerInfo.create({
    name: handler,
    kind: runtime.kind,
    path: settings.runtime.handlers[handler]?.path ?? runtime.path,
    version,
    ready: reason === '',
    reason,
    sandboxIsContainer: runtime.kind === 'runsc',
    networkReady: networkStatus.ready,
    networkReason: networkStatus.reason,
    cgroupDriver: settings.cgroup.driver,
    cgroupMode: cgroups.mode,
    instance,
  });
}
