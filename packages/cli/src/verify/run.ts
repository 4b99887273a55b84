import { isSlipwayError } from '@slipway/errors';
import { CannotCheck, type Check, type CheckResult, type Level, tell } from './check.js';
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

/** Makes the checks of the levels one after another, and takes away what they made. Each is told as it is done. */
export async function runChecks(
  scene: Scene,
  levels: readonly Level[],
  told: (result: CheckResult) => void,
): Promise<{ results: CheckResult[]; leftovers: string[] }> {
  const results: CheckResult[] = [];
  let leftovers: string[] = [];
  try {
    for (const level of levels) {
      for (const check of suites[level]) {
        const result = await make(scene, level, check);
        results.push(result);
        told(result);
      }
    }
  } finally {
    leftovers = await scene.clear();
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
  if (check.process && scene.handler.kind === 'null') return as('skipped', 'a handler of kind null has no process');
  try {
    return as('passed', await check.run(scene));
  } catch (error) {
    if (error instanceof CannotCheck) return as('skipped', error.message);
    // Above the basic part an executor may say that it does not do something, and what is said is no failure.
    if (level !== 'basic' && isSlipwayError(error) && error.code === 'UNSUPPORTED') return as('skipped', tell(error));
    return as('failed', tell(error));
  }
}
