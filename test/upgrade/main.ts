import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cannotRun, openLab } from '../support/lab.js';
import { installVersion } from '../support/other-version.js';
import { anyKill, upgradeKilled, victims } from './kills.js';
import { expectAll, type Installation, runUpgrades, upgrade } from './upgrade.js';
import { Witnesses } from './witnesses.js';

const help = `Upgrades a node under load, and fails when a call fails or anything is lost; then kills a process at a random moment of
each of more upgrades, in turns the command, the supervisor, a stage, a server, and orders the upgrade again.

  npm run upgrade                           30 pods, there and back twice, and sixteen kills
  npm run upgrade -- --pods 10 --times 1 --kills 3
  npm run upgrade -- --from /tmp/before     the older one is another built clone
`;

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '30' },
    workers: { type: 'string', default: '3' },
    times: { type: 'string', default: '2' },
    kills: { type: 'string', default: '16' },
    from: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

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
    const witnesses = await Witnesses.start(lab, 3);
    for (let at = 0; at < Number(values.kills); at++) {
      const kill = anyKill(victims[at % victims.length] ?? 'command');
      const moment = `${kill.victim} killed ${kill.afterMs} ms after ${kill.step}`;
      process.stdout.write(`${moment}: `);
      const outcome = await witnesses.during(() => upgradeKilled(lab, at % 2 === 0 ? newer : older, kill));
      process.stdout.write(`${outcome}; repeated, and nothing was lost\n`);
    }
    await witnesses.remove();
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
