import type { Cgroups, MoveHastener } from '@slipway/cgroups';
import type { Settings } from '@slipway/config';
import type { ContainerRecord, LifecycleEvent } from '@slipway/contracts';
import type { Records } from '@slipway/records';
import type { StageContext } from '@slipway/stage';
import type { Logger } from '@slipway/telemetry';
import type { ConmonPlace } from './container/conmon-place.js';
import type { ContainerHolder } from './container/holder.js';
import type { StopSignals } from './container/stop-signals.js';
import type { ExitWatcher } from './exits/watcher.js';
import type { ExecutorPaths } from './paths.js';
import type { Runtime } from './runtime/runtime.js';
import type { SystemdUnits } from './systemd/units.js';

/** The parts of an executor process, which serves one handler on one node. */
export interface ExecutorContext {
  readonly settings: Settings;
  readonly handler: string;
  readonly records: Pick<Records, 'containers' | 'sandboxes' | 'withLock'>;
  readonly runtime: Runtime;
  readonly cgroups: Cgroups;
  /** Only with the systemd cgroup driver. */
  readonly units: SystemdUnits;
  /** Where conmons are kept, outside of the executor's cgroup. */
  readonly conmons: ConmonPlace;
  /** For whatever is about to have a runtime put a process into a cgroup. */
  readonly moves: MoveHastener;
  readonly paths: ExecutorPaths;
  readonly log: Logger;
  readonly exits: ExitWatcher;
  readonly stopSignals: StopSignals;
  /** The process between the runtime and a container: conmon, where it can be used. */
  holder(record: ContainerRecord): ContainerHolder;
  /** Tells who listens that a record moved; never fails. */
  publish(kind: 'container' | 'sandbox', event: LifecycleEvent): void;
}

/** The parts of a call. */
export type Call = Pick<StageContext, 'signal' | 'deadline' | 'log'>;

/** A call of a stage's client, which may wait without holding a place. */
export type WaitingCall = Call & Pick<StageContext, 'idle'>;
