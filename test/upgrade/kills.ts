import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../support/lab.js';
import { isCalled, isRunning, signalIfThere } from '../support/processes.js';
import { retried, until } from '../support/retry.js';
import { startSlipway } from '../support/slipway.js';
import { expectAll, type Installation, upgrade } from './upgrade.js';

/** A process that can end in the middle of an upgrade: the command that waits for it, the supervisor, a stage, a server. */
export type Victim = 'command' | 'supervisor' | 'puller' | 'builder' | 'executor.crun' | 'gateway' | 'nats' | 'redis';
export const victims: readonly Victim[] = [
  'command',
  'supervisor',
  'puller',
  'builder',
  'executor.crun',
  'gateway',
  'nats',
  'redis',
];

/** What an upgrade is doing: `ordered` before the supervisor is another one, else the group that is being replaced. */
export type Step = 'ordered' | 'puller' | 'builder' | 'executor.crun' | 'gateway';
export const steps: readonly Step[] = ['ordered', 'puller', 'builder', 'executor.crun', 'gateway'];

export interface Kill {
  victim: Victim;
  step: Step;
  /** Milliseconds after the step began. */
  afterMs: number;
}

/** Milliseconds after the begin of a step: longer than most of them take, so that what is between two is met too. */
const latestMs = 1500;

/** A kill of this victim at a random moment. */
export function anyKill(victim: Victim): Kill {
  return { victim, step: steps[randomInt(steps.length)] ?? 'ordered', afterMs: randomInt(latestMs) };
}

/**
 * Kills a process in the middle of an upgrade, and brings the node to the installation all the same by ordering the
 * upgrade again. Answers how the first one ended. Whether pods noticed is for the caller to see.
 */
export async function upgradeKilled(lab: Lab, to: Installation, { victim, step, afterMs }: Kill): Promise<string> {
  const { node } = lab;
  const ordered = startSlipway(node, 'upgrade', '--to', to.tree);
  let over = false;
  const outcome = ordered.done.then(
    () => 'it ended well',
    (error: Error) => `it failed: ${error.message.trim()}`,
  );
  void outcome.then(() => {
    over = true;
  });
  await until(`the upgrade comes to ${step}`, () => over || step === 'ordered' || stepOf(node.state) === step);
  await sleep(afterMs);
  if (victim === 'command') ordered.child.kill('SIGKILL');
  else if (victim === 'supervisor') {
    await node.shutDown('SIGKILL');
    await node.start();
  } else {
    // All of a stage: those that are to be replaced and those that take their place.
    const pids = node.processes().flatMap(({ name, pid }) => (isCalled(name, victim) && pid ? [pid] : []));
    for (const pid of pids) signalIfThere(pid, 'SIGKILL');
    await until('the killed processes have ended', () => !pids.some(isRunning));
  }
  const told = await outcome;
  if (victim !== 'command') {
    await node.ready(120_000);
    await retried('Version', () => lab.cri.version());
  }
  // The supervisor goes on with an upgrade whose command was killed: this one waits for its end.
  await upgrade(lab, to);
  await expectAll(lab, to.version);
  return told;
}

/** How far the upgrade of a node is; undefined where none was ordered since its supervisor was started. */
export function upgradeOf(state: string): { state: string; step?: string } | undefined {
  const text = readFileSync(join(state, 'up.json'), 'utf8');
  return (JSON.parse(text) as { upgrade?: { state: string; step?: string } }).upgrade;
}

function stepOf(state: string): string | undefined {
  try {
    const now = upgradeOf(state);
    return now?.state === 'running' ? now.step : undefined;
  } catch {
    // The supervisor is just becoming another one.
    return undefined;
  }
}
