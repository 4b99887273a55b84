import { handlerCgroup, slipwayVersion } from '@slipway/config';
import type { HandlerInfo } from '@slipway/contracts';
import { boundingSet } from '@slipway/linux';
import type { NullContext } from './context.js';

/**
 * What the handler says of itself. The kind and the missing path tell that it is no runtime. Its features are those
 * with which a builder makes of most pods what it makes for runc.
 */
export function describe({ settings, handler }: NullContext, instance: string): Partial<HandlerInfo> {
  const { driver, parent } = handlerCgroup(settings, handler);
  return {
    name: handler,
    kind: 'null',
    version: slipwayVersion,
    ready: true,
    networkReady: true,
    userNamespacesReason: 'a handler of kind null has no process',
    cgroupDriver: driver,
    cgroupParent: parent,
    capabilities: [...boundingSet()],
    seccomp: true,
    infra: 'none',
    instance,
  };
}
