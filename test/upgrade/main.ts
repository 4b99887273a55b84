import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cannotRun, openLab } from '../support/lab.js';
import { installVersion } from '../support/other-version.js';
import { expectAll, IdlePods, type Installation, runUpgrades, upgrade, upgradeKilled } from './upgrade.js';

const help = `Upgrades a node under load, and fails when a call fails or anything is lost; then kills processes in the middle of it.

  npm run upgrade                           30 pods, there and back twice, and nine kills
  npm run upgrade -- --pods 10 --times 1 --kills 3
  npm run upgrade -- --from /tmp/before     the older one is another built clone
`;

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '30' },
    workers: { type: 'string', default: '3' },
    times: { type: 'string', default: '2' },
    kills: { type: 'string', default: '9' },
    from: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Milliseconds after an upgrade was ordered: from before the supervisor is another one until gateways are replaced. */
const latestKillMs = 6000;

async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sw-upgrade-'));
  const lab = await openLab({ handlers: ['crun'] });
  try {
    const newer: Installation = { tree: installVersion(join(directory, 'newer'), '0.9.1'), version: '0.9.1' };
    const older: Installation = {
      tree: installVersion(join(directory, 'older'), '0.0.9', values.from && resolve(values.from)),
      version: '0.0.9',
    };
    const to = Array.from({ length: Number(values.times) }, () => [newer, older]).flat();
    const { pods, exits, execs, lines } = await runUpgrades(lab, {
      to,
      pods: Number(values.pods),
      workers: Number(values.workers),
      upgraded: (ms) => process.stdout.write(`upgraded in ${(ms / 1000).toFixed(1)} s\n`),
    });
    process.stdout.write(
      `${to.length} upgrades, ${pods} pods, ${execs} execs, ${exits} exits, ${lines} lines: nothing was lost\n`,
    );
    const idle = await IdlePods.start(lab, 3);
    for (let at = 0; at < Number(values.kills); at++) {
      const victim = (['new', 'old', 'supervisor'] as const)[at % 3] ?? 'new';
      const afterMs = Math.round(Math.random() * latestKillMs);
      const target = at % 2 === 0 ? newer : older;
      const outcome = await upgradeKilled(lab, target, { victim, afterMs });
      await idle.check();
      process.stdout.write(`killed: ${victim} after ${afterMs} ms; ${outcome}; repeated, and whole\n`);
    }
    await idle.remove();
    await upgrade(lab, newer);
    await expectAll(lab, newer.version);
  } catch (error) {
    const log = join(tmpdir(), `slipway-upgrade-${process.pid}.log`);
    writeFileSync(log, lab.node.logs());
    process.stderr.write(`${(error as Error).message}\nthe node's log: ${log}\n`);
    process.exitCode = 1;
  }
  // Leftovers of a failed run are no further finding.
  await lab.close().catch((error: unknown) => {
    if (process.exitCode !== 1) throw error;
  });
  rmSync(directory, { recursive: true, force: true });
}

if (values.help) {
  process.stdout.write(help);
} else if (cannotRun) {
  process.stderr.write(`${cannotRun}\n`);
  process.exitCode = 1;
} else {
  await run();
}
