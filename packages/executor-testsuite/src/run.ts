import { setTimeout as sleep } from 'node:timers/promises';
import { isSlipwayError } from '@slipway/errors';
import { capabilitiesOf } from '@slipway/runtime-kinds';
import { type Check, tell } from './check.js';
import type { CheckResult, Level } from './level.js';
import { CannotCheck } from './outcome.js';
import { basicContainer } from './levels/basic-container.js';
import { basicSandbox } from './levels/basic-sandbox.js';
import { basicStop } from './levels/basic-stop.js';
import { calls } from './levels/calls.js';
import { exec } from './levels/exec.js';
import { logs } from './levels/logs.js';
import { network } from './levels/network.js';
import { recovery } from './levels/recovery.js';
import { stats } from './levels/stats.js';
import { streams } from './levels/streams.js';
import { update } from './levels/update.js';
import type { Scene } from './scene.js';

/** For a check that was interrupted to end its call. */
const settleMs = 5000;

const suites: Record<Level, readonly Check[]> = {
  basic: [...basicSandbox, ...basicContainer, ...basicStop],
  network,
  logs,
  exec,
  streams,
  stats,
  update,
  calls,
  recovery,
};

/**
 * Makes the checks of the levels one after another, and removes what they created. Each result is reported as soon as it is known. `signal`
 * ends them: the running check is abandoned, and what it created is removed with the rest.
 */
export async function runChecks(
  scene: Scene,
  levels: readonly Level[],
  report: (result: CheckResult) => void,
  signal: AbortSignal,
): Promise<{ results: CheckResult[]; leftovers: string[] }> {
  const results: CheckResult[] = [];
  const leftovers: string[] = [];
  const interrupted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    for (const level of levels) {
      for (const check of suites[level]) {
        if (signal.aborted) return { results, leftovers };
        const running = make(scene, level, check);
        const result = await Promise.race([running, interrupted]);
        if (!result) {
          scene.close();
          // An object that is being created is best removed when it is complete.
          await Promise.race([running, sleep(settleMs)]);
          return { results, leftovers };
        }
        results.push(result);
        report(result);
      }
    }
  } finally {
    leftovers.push(...(await scene.clear()));
  }
  return { results, leftovers };
}

async function make(scene: Scene, level: Level, check: Check): Promise<CheckResult> {
  const began = performance.now();
  const as = (result: CheckResult['result'], came: string): CheckResult => ({
    level,
    name: check.name,
    expected: check.expects,
    came,
    result,
    ms: Math.round(performance.now() - began),
  });
  if (check.process && !capabilitiesOf(scene.handler.kind).runsContainers)
    return as('skipped', 'a handler of kind null has no process');
  try {
    return as('passed', await check.run(scene));
  } catch (error) {
    if (error instanceof CannotCheck) return as('skipped', error.message);
    // Above the basic part an executor may say that it does not do something, and what is said is no failure.
    if (level !== 'basic' && isSlipwayError(error) && error.code === 'UNSUPPORTED') return as('skipped', tell(error));
    return as('failed', tell(error));
  }
}
