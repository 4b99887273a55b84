import type { Settings } from '@slipway/config';
import type { LayerStore } from '@slipway/layers';
import type { HostFacts } from '@slipway/oci-spec';
import type { Logger } from '@slipway/telemetry';
import type { AppArmor } from './host/apparmor.js';
import type { CdiDevices } from './host/cdi-devices.js';

/** The parts that the builder's functions need besides a request. */
export interface BuilderContext {
  settings: {
    root: Settings['root'];
    state: Settings['state'];
    cgroup: Settings['cgroup'];
    runtime: Pick<Settings['runtime'], 'catatonit' | 'passAnnotations'>;
  };
  layers: Pick<LayerStore, 'path' | 'info'>;
  host(): HostFacts;
  cdi: Pick<CdiDevices, 'edits'>;
  apparmor: Pick<AppArmor, 'forContainer'>;
  /** Locks that admit one worker at a time for a name, over all instances of the stage. */
  withLock<T>(name: string, work: (signal: AbortSignal) => Promise<T>, options?: { signal?: AbortSignal }): Promise<T>;
  log: Logger;
}

/** The parts of one call. */
export interface Call {
  signal?: AbortSignal | undefined;
}
