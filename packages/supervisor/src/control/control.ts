import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadedSettings, slipwayVersion } from '@slipway/config';
import { StageEvent, Supervisor } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { type Bus, connectBus, serveStage } from '@slipway/stage';
import { nowNanos } from '@slipway/time';
import type { Logger } from '@slipway/telemetry';
import type { Fleet } from '../fleet.js';
import type { UpgradeOrder, UpgradeOutcome } from '../hand-over.js';
import type { SupervisedProcess } from '../process.js';
import type { UpgradeState } from '../state-file.js';
import { checkTree } from '../upgrade/check-tree.js';
import { commandOf, installationMark } from '../upgrade/installation.js';
import { addExecutor } from './add-executor.js';
import { autoscale } from './autoscaler.js';
import { setDefaultHandler, tellDefault } from './default-handler.js';
import { drainExecutor, undrainExecutor } from './drain-executor.js';
import { describeExecutor, executorGroups } from './executors.js';
import { LiveSettings } from './live-changes.js';
import { reloadSettings } from './reload.js';
import { removeExecutor } from './remove-executor.js';
import { scale } from './scale.js';

const retryMs = 5000;

/** Milliseconds for an answer to be on its way before the supervisor becomes another one. */
const answerMs = 200;

export interface ControlParts {
  fleet: Fleet;
  reload: () => LoadedSettings;
  log: Logger;
  /** Makes this process the supervisor of another installation. Never rejects: where it cannot be, it is logged. */
  become: (command: string, order: UpgradeOrder) => Promise<void>;
}

export interface Control {
  /** A process has come up: it may have missed changes meanwhile. */
  up(process: SupervisedProcess): void;
  /** A process ended without a word: its callers need not wait for missed beats. */
  lost(process: SupervisedProcess, instance: string): void;
  /** Reads the settings again and makes the node what they say, as far as that goes live. Logs what came of it. */
  reload(): Promise<void>;
  /** The private NATS has another URL. */
  natsMoved(): void;
  close(): Promise<void>;
}

/**
 * The supervisor as a stage of its own, `slipway.<node>.supervisor`, for the operator's key. A NATS that does not take it
 * (a server of the site's own whose configuration is older) is tried again; the node runs without it.
 */
export function openControl(parts: ControlParts): Control {
  const { fleet, log } = parts;
  const live = new LiveSettings(fleet, parts.reload);
  const closing = new AbortController();
  let bus: Bus | undefined;
  const open = (): Promise<void> =>
    keepOpening(
      async () => {
        bus = await connectSupervisor(fleet);
        await serve(bus, { ...parts, live });
      },
      closing.signal,
      log,
    );
  let opened = open();
  const scaling = autoscale(fleet, log, closing.signal);
  return {
    up: (process) => {
      const { defaultHandler } = fleet.loaded.settings.runtime;
      if (!isGateway(fleet, process)) return;
      tellDefault(process, defaultHandler).catch((error: unknown) =>
        log.warn({ process: process.spec.name, err: error }, 'the gateway does not take the default handler'),
      );
    },
    lost: (process, instance) => {
      const group = fleet.groups.find(({ processes }) => processes.includes(process));
      if (!group || !bus) return;
      const { stage, executor } = group.plan;
      bus.publishEvent('stage', StageEvent, {
        stage,
        handler: executor?.handler ?? '',
        instance,
        state: 'down',
        at: nowNanos(),
      });
    },
    reload: () => reloadSettings({ fleet, live, log }),
    natsMoved: () => {
      opened = opened.then(async () => {
        await bus?.close();
        await open();
      });
    },
    close: async () => {
      closing.abort();
      await Promise.all([opened, scaling]);
      await bus?.close();
    },
  };
}

function isGateway(fleet: Fleet, process: SupervisedProcess): boolean {
  return fleet.groups.some(({ plan, processes }) => plan.stage === 'gateway' && processes.includes(process));
}

async function keepOpening(open: () => Promise<void>, signal: AbortSignal, log: Logger): Promise<void> {
  while (!signal.aborted) {
    try {
      return await open();
    } catch (error) {
      log.warn(
        { err: error },
        'the supervisor does not reach NATS yet: slipway executors and slipway scale have to wait',
      );
    }
    await sleep(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function connectSupervisor(fleet: Fleet): Promise<Bus> {
  const { endpoints } = fleet.parts;
  const { settings } = fleet.loaded;
  const made = join(settings.state, 'keys', 'supervisor.nk');
  const nkeyFile = endpoints.keys.supervisor ?? (settings.nats.nkeyFile || (existsSync(made) ? made : undefined));
  return await connectBus({ url: endpoints.natsUrl, node: settings.node, role: 'supervisor', nkeyFile });
}

async function serve(bus: Bus, parts: ControlParts & { live: LiveSettings }): Promise<void> {
  const { fleet, live, log, become, reload } = parts;
  /** Executors that are being added or removed. */
  const changing = new Set<string>();
  const alone = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (changing.has(name)) {
      throw new SlipwayError('EXECUTOR_IN_USE', 'it is being added or removed', {
        object: `executor ${name}`,
        hint: 'wait until that has ended',
      });
    }
    changing.add(name);
    try {
      return await work();
    } finally {
      changing.delete(name);
    }
  };
  await serveStage(bus, Supervisor, {
    version: slipwayVersion,
    log,
    handlers: {
      listExecutors: async () => ({
        instances: (await Promise.all(executorGroups(fleet).map(describeExecutor))).flat(),
        defaultHandler: fleet.loaded.settings.runtime.defaultHandler,
      }),
      addExecutor: async (request) => ({
        instances: await alone(request.name, () => addExecutor(parts, request)),
      }),
      drainExecutor: async ({ name, force }) => {
        await drainExecutor(fleet, live, name, force);
        return {};
      },
      undrainExecutor: async ({ name }) => {
        await alone(name, () => undrainExecutor(fleet, live, name));
        return {};
      },
      removeExecutor: async (request) => {
        await alone(request.name, () => removeExecutor(parts, request));
        return {};
      },
      setDefaultHandler: async ({ name }) => {
        await setDefaultHandler(parts, name);
        return {};
      },
      upgrade: async ({ id, tree }) => {
        refuseSecond(fleet);
        if (changing.size > 0) {
          throw new SlipwayError('EXECUTOR_IN_USE', `being added or removed: ${[...changing].join(', ')}`, {
            hint: 'wait until that has ended',
          });
        }
        await live.idle();
        const mark = installationMark(tree);
        // It reads the settings again, so that changes since the start of this supervisor take effect then.
        const { version: to } = await checkTree(tree, reload());
        // Another order may have come while that version was asked.
        refuseSecond(fleet);
        const before = outcomeOf(fleet.upgrade);
        const order: UpgradeOrder = { id, from: slipwayVersion, to, tree, mark, ...(before && { before }) };
        fleet.tellUpgrade({ ...order, state: 'running' });
        log.info({ ...order }, 'upgrading: this supervisor becomes the one of that version');
        // The answer goes first.
        setTimeout(() => void become(commandOf(tree), order), answerMs);
        return { id, from: order.from, to };
      },
      scale: async ({ wanted, force }) => ({ stages: await scale(parts, wanted, force) }),
    },
  });
}

function outcomeOf(upgrade: UpgradeState | undefined): UpgradeOutcome | undefined {
  if (!upgrade || upgrade.state === 'running') return undefined;
  const { id, from, to, state, error } = upgrade;
  return { id, from, to, state, error };
}

/**
 * A second order in the middle of an upgrade would hand over processes that are being replaced. Commands wait for the end
 * of the first one.
 * @throws UPGRADE_UNDER_WAY
 */
function refuseSecond({ upgrade }: Fleet): void {
  if (upgrade?.state !== 'running') return;
  const { from, to, step } = upgrade;
  throw new SlipwayError(
    'UPGRADE_UNDER_WAY',
    `the node is being upgraded from ${from} to ${to}${step ? `: ${step}` : ''}`,
  );
}
