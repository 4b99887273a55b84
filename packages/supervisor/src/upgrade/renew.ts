import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinary } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import type { Logger } from '@slipway/telemetry';
import { statusOf } from '../process-status.js';
import type { Fleet } from '../fleet.js';
import type { UpgradeOrder } from '../hand-over.js';
import type { SupervisedProcess } from '../process.js';
import type { ProcessState } from '../process-spec.js';

/** How long a process has to be up, and an executor to try its handler out. Milliseconds. */
const patienceMs = 120_000;
/** How long it is waited for what old processes have begun before NATS and Redis are started again. Milliseconds. */
const calmMs = 30_000;
/** How long it is waited for them otherwise, so that mostly none is left when it is said to be over. Milliseconds. */
const leavingMs = 1000;
const lookMs = 50;

/**
 * The second half of an upgrade: this supervisor has taken a node over and puts processes of its own version in the place
 * of those that it found, stage by stage, gateways last, since a newer stage understands older callers. Each one is up
 * before the one that it replaces is drained. NATS and Redis follow where their binary is another one.
 *
 *     running ──▶ done
 *        └──────▶ failed   the process that could not be replaced is as it was; `slipway upgrade` begins again
 *
 * It is running from the order on, which the supervisor before accepted; another one is accepted when it has ended.
 *
 * The state is in <state>/up.json. Executors with open streams are left to end them, see ProcessGroup.
 */
export async function renew(fleet: Fleet, order: UpgradeOrder, log: Logger, signal: AbortSignal): Promise<void> {
  const leaving: Promise<void>[] = [];
  fleet.tellUpgrade({ ...order, state: 'running' });
  try {
    for (const group of fleet.groups) {
      if (signal.aborted) return;
      fleet.tellUpgrade({ ...order, state: 'running', step: group.plan.name });
      await group.renew({
        works: (process) => untilItWorks(process, group.plan.executor !== undefined),
        leaves: (gone) => leaving.push(gone),
      });
    }
    await renewServers(fleet, order, leaving, log);
    await Promise.race([Promise.all(leaving), sleep(leavingMs, undefined, { ref: false })]);
    if (signal.aborted) return;
    fleet.tellUpgrade({ ...order, state: 'done' });
    log.info({ from: order.from, version: order.to }, 'upgraded: every process is of this version');
  } catch (error) {
    const failed = error instanceof SlipwayError ? error.describe() : String(error);
    log.error({ err: error }, 'the upgrade is not complete: what could not be replaced runs on');
    fleet.tellUpgrade({ ...order, state: 'failed', error: failed });
  }
}

/**
 * Reports the upgrade as failed when the node's services are not up in time, so that another one can be ordered. Those that the
 * supervisor before has started are up already; one that had ended, or that only this version knows, may not come up. When it
 * does later, renew goes on. Answers the function that ends the wait.
 */
export function limitStart(fleet: Fleet, order: UpgradeOrder, log: Logger): () => void {
  const timer = setTimeout(() => {
    const absent = fleet.groups.flatMap(({ processes }) => processes).filter(({ state }) => !isUp(state));
    const error = `not up within ${patienceMs} ms: ${absent.map(({ spec }) => spec.name).join(', ')}`;
    log.error({ ...order, error }, 'the upgrade cannot go on');
    fleet.tellUpgrade({ ...order, state: 'failed', error });
  }, patienceMs);
  return () => clearTimeout(timer);
}

function isUp(state: ProcessState): boolean {
  return state === 'ready' || state === 'drained';
}

async function renewServers(
  fleet: Fleet,
  order: UpgradeOrder,
  leaving: readonly Promise<void>[],
  log: Logger,
): Promise<void> {
  const replaced = fleet.servers.filter((server) => server.adopted && isReplaced(server));
  if (replaced.length === 0) return;
  // A process that is working on a call would have to repeat it.
  await Promise.race([Promise.all(leaving), sleep(calmMs, undefined, { ref: false })]);
  for (const server of replaced) {
    fleet.tellUpgrade({ ...order, state: 'running', step: server.spec.name });
    log.info({ process: server.spec.name }, 'its binary is another one: it is started again');
    const { pid } = server;
    server.restart();
    await until(server, () => server.state === 'ready' && server.pid !== pid);
  }
}

/** Whether the program that a process runs is no longer the one that its command names. */
function isReplaced({ pid, spec }: SupervisedProcess): boolean {
  try {
    const running = statSync(`/proc/${pid}/exe`);
    const installed = statSync(findBinary(spec.command));
    return running.dev !== installed.dev || running.ino !== installed.ino;
  } catch {
    // It is just being started, or cannot be looked at.
    return false;
  }
}

async function untilItWorks(process: SupervisedProcess, isExecutor: boolean): Promise<void> {
  await until(process, () => isUp(process.state));
  if (!isExecutor) return;
  let reason = '';
  await until(process, async () => {
    const own = (await statusOf(process).catch(() => undefined))?.executor;
    reason = own?.reason ?? '';
    if (own && !own.ready && reason !== 'probing') throw notUp(process, reason);
    return own?.ready === true;
  });
}

async function until(process: SupervisedProcess, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(lookMs)) {
    if (await holds()) return;
    if (process.restarts > 1) throw notUp(process, 'it ends when it is started');
  }
  throw notUp(process, `it is not up within ${patienceMs} ms`);
}

function notUp({ spec }: SupervisedProcess, why: string): SlipwayError {
  return new SlipwayError('UPGRADE_FAILED', why, { object: spec.name });
}
