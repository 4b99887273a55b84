import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { readUpState, supervisorOf, type UpgradeOutcome, type UpgradeState, type UpState } from '@slipway/supervisor';

const lookMs = 250;
/** A step is not longer: a process that is not up by then is given up by the supervisor. Milliseconds. */
const stepMs = 300_000;

/** How an upgrade has ended, and the processes that there are then. */
export interface Ended {
  outcome: UpgradeOutcome;
  processes: UpState['processes'];
}

/** The upgrade that the supervisor of a state directory is making; undefined where there is none. */
export function upgradeUnderWay(state: string): UpgradeState | undefined {
  if (supervisorOf(state) === undefined) return undefined;
  const upgrade = readUpState(state)?.upgrade;
  return upgrade?.state === 'running' ? upgrade : undefined;
}

/**
 * Waits until an upgrade is done or has failed, by <state>/up.json, and calls `step` for each group of processes that is
 * being replaced. `supervisor` is the pid of the one that makes it, which stays when it becomes another version.
 * @throws UPGRADE_FAILED when the supervisor ends, or does not go on
 */
export async function followUpgrade(
  state: string,
  { id, supervisor }: { id: string; supervisor: number | undefined },
  step: (upgrade: UpgradeState) => void,
): Promise<Ended> {
  let seen: UpgradeState | undefined;
  for (let end = performance.now() + stepMs; performance.now() < end; await sleep(lookMs)) {
    const now = readUpState(state);
    const pid = supervisorOf(state);
    if (pid === undefined) throw upgradeFailed('slipway up has ended', 'start it again: containers keep running');
    if (pid !== supervisor) throw upgradeFailed('slipway up has ended and was started again', 'repeat slipway upgrade');
    const upgrade = now?.upgrade;
    // Another one may have been ordered immediately after its end.
    const ended = [upgrade, upgrade?.before].find((one) => one?.id === id && one.state !== 'running');
    if (now && ended) return { outcome: ended as UpgradeOutcome, processes: now.processes };
    if (upgrade?.id !== id) {
      if (seen) throw upgradeFailed('other upgrades have begun since, so it is not known how it ended');
      // A supervisor of an older version writes it only when it has become the other one.
      continue;
    }
    if (seen && upgrade.step === seen.step) continue;
    seen = upgrade;
    end = performance.now() + stepMs;
    if (upgrade.step !== undefined) step(upgrade);
  }
  throw upgradeFailed(
    `it did not go on within ${stepMs / 1000} s${seen?.step ? ` after it came to ${seen.step}` : ''}`,
  );
}

export function upgradeFailed(why: string, hint?: string): SlipwayError {
  return new SlipwayError('UPGRADE_FAILED', why, hint === undefined ? {} : { hint });
}
