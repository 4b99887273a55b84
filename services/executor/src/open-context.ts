import { detectCgroups, MoveHastener } from '@slipway/cgroups';
import { findBinary, handlerCgroup, type Settings } from '@slipway/config';
import type { ContainerRecord } from '@slipway/contracts';
import type { Logger } from '@slipway/telemetry';
import { ConmonPlace } from './container/conmon-place.js';
import { ConmonHolder } from './container/holder.js';
import type { ContainerHolder } from './context.js';
import { SentSignals } from './container/stop-signals.js';
import type { ExecutorContext } from './context.js';
import { ExitWatcher, type InfraExit } from './exits/watcher.js';
import { executorPaths } from './paths.js';
import { openRuntime } from './runtime/open-runtime.js';
import { SystemdUnits } from './systemd/units.js';

export interface ContextParts {
  settings: Settings;
  handler: string;
  records: ExecutorContext['records'];
  log: Logger;
  publish: ExecutorContext['publish'];
  onInfraExit?: InfraExit | undefined;
  /** The holder of a container that conmon cannot hold; undefined leaves it to conmon. */
  holder?: ((record: ContainerRecord) => ContainerHolder | undefined) | undefined;
}

/** Puts one handler's executor together. The exit watcher is not started yet. Throws UNKNOWN_HANDLER, INVALID_CONFIG, RUNTIME_FAILED. */
export async function openContext(parts: ContextParts): Promise<ExecutorContext> {
  const { handler, records, log, publish } = parts;
  const settings = { ...parts.settings, cgroup: handlerCgroup(parts.settings, handler) };
  const cgroups = detectCgroups();
  const paths = executorPaths(settings);
  const runtime = await openRuntime(settings, handler, cgroups.mode);
  const units = new SystemdUnits();
  const conmons = new ConmonPlace({ cgroups, settings, units, log });
  const conmon = new ConmonHolder({ conmon: findBinary(settings.runtime.conmon), runtime, paths, place: conmons });
  const exits = new ExitWatcher(() => context, parts.onInfraExit);
  const context: ExecutorContext = {
    settings,
    handler,
    records,
    runtime,
    cgroups,
    units,
    conmons,
    moves: new MoveHastener(cgroups),
    paths,
    log,
    exits,
    stopSignals: new SentSignals(),
    holder: (record) => parts.holder?.(record) ?? conmon,
    publish,
  };
  return context;
}
