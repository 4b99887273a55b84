import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSlipwayError } from '@slipway/errors';
import { installationMark, supervisorOf, type UpgradeState } from '@slipway/supervisor';
import { withSupervisor } from '../client/supervisor.js';
import type { CommandContext } from '../commands/command-context.js';
import { type Ended, followUpgrade, upgradeFailed, upgradeUnderWay } from './follow.js';

/** For the other version's word that it can take over. Milliseconds. */
const answerMs = 90_000;
/** Another command's order can come first, or the upgrade that was in the way can just end: how often this one is given again. */
const orders = 5;
const againMs = 1000;

/**
 * Has the node's supervisor upgrade it to an installation and waits for the end. The supervisor makes one upgrade at a time
 * and goes on when the command that ordered it ends. So one that is under way is waited for: where it is to the same files, its
 * outcome is the answer, else this one is ordered after it.
 * @throws UPGRADE_FAILED, UPGRADE_REFUSED, UPGRADE_UNDER_WAY; what withSupervisor throws
 */
export async function upgradeTo(context: CommandContext, tree: string, report: (line: string) => void): Promise<Ended> {
  const { state } = context.loaded().settings;
  const step = ({ from, to, step: name }: UpgradeState): void => report(`upgrading from ${from} to ${to}: ${name}`);
  for (let left = orders; ; ) {
    const supervisor = supervisorOf(state);
    const other = upgradeUnderWay(state);
    if (other) {
      const same = other.tree === tree && other.mark === installationMark(tree);
      report(
        `an upgrade from ${other.from} to ${other.to} is under way${same ? '' : ': this one is ordered when that one has ended'}`,
      );
      const ended = await followUpgrade(state, { id: other.id, supervisor }, step);
      if (same) return whole(ended);
      continue;
    }
    const id = randomBytes(8).toString('hex');
    try {
      await withSupervisor(context, (supervisor) => supervisor.upgrade({ id, tree }, { timeoutMs: answerMs }));
    } catch (error) {
      left -= 1;
      if (left === 0 || !isSlipwayError(error) || error.code !== 'UPGRADE_UNDER_WAY') throw error;
      await sleep(againMs);
      continue;
    }
    return whole(await followUpgrade(state, { id, supervisor }, step));
  }
}

/** @throws UPGRADE_FAILED */
function whole(ended: Ended): Ended {
  const { state, error } = ended.outcome;
  if (state === 'failed') throw upgradeFailed(error ?? 'it is not known why');
  return ended;
}
