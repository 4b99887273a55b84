import { NamespaceThread } from '@slipway/linux';
import { type ContextParts, openContext } from '../open-context.js';
import type { SandboxContext } from './context.js';
import { onInfraExit } from './infra-exit.js';
import { PodNetwork } from './network.js';

export type SandboxParts = Omit<ContextParts, 'records' | 'onInfraExit'> & Pick<SandboxContext, 'records'>;

/** A handler's executor with the parts of its sandboxes. The exit watcher is not started yet. Throws as openContext does. */
export async function openSandboxes(parts: SandboxParts): Promise<SandboxContext> {
  // Told of exits once the watcher was started, which is after this.
  let whole: SandboxContext | undefined;
  const base = await openContext({
    ...parts,
    onInfraExit: async (id, exit) => {
      if (whole) await onInfraExit(whole, id, exit);
    },
  });
  const network = await PodNetwork.open(parts.settings, parts.log);
  whole = { ...base, records: parts.records, namespaces: new NamespaceThread(), network };
  return whole;
}

/** Lets go of what {@link openSandboxes} opened; sandboxes stay. */
export async function closeSandboxes(context: SandboxContext): Promise<void> {
  context.exits.close();
  await context.network.close();
  await context.namespaces.close();
  context.moves.close();
}
