import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { steppedClock } from '@slipway/test-servers';
import { cannotRun, openLab } from '../support/lab.js';
import { RestartScene } from '../support/restart-scene.js';
import { mountSmallRoot } from '../support/small-root.js';
import { runChaos } from './chaos.js';
import { runPullKills } from './pull-kills.js';
import { kinds, runRounds } from './rounds.js';

const help = `Kills processes of a node at random while pods come and go, and fails when anything is lost.

  npm run chaos                        for a minute
  npm run chaos -- --seconds 600       for ten
  npm run chaos -- --workers 8         with eight pods at once
  npm run chaos -- --victims gateway,redis,nats
  npm run chaos -- --pause 300-1500    with so many milliseconds between two kills; default 500-6000
  npm run chaos -- --scale 2           with two of every stage
  npm run chaos -- --pulls 20          kills the puller at a random moment of each of 20 pulls instead
  npm run chaos -- --rounds 200 --kind damaged-aof
                                       200 rounds of one kind instead, --kind all: of each:
                                       ${Object.keys(kinds).join(', ')}
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    workers: { type: 'string', default: '4' },
    victims: { type: 'string', default: 'gateway,puller,builder,executor.crun,redis,nats' },
    // Shorter ones keep processes from ever earning a fresh start, which is after ten seconds of life.
    pause: { type: 'string', default: '500-6000' },
    scale: { type: 'string', default: '1' },
    pulls: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '0' },
    kind: { type: 'string', default: 'all' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(help);
} else if (cannotRun) {
  process.stderr.write(`${cannotRun}\n`);
  process.exitCode = 1;
} else {
  const count = Number(values.scale);
  const rounds = Number(values.rounds);
  // Rounds fill the disk.
  const disk = rounds > 0 ? mountSmallRoot(128) : undefined;
  const clockDirectory = mkdtempSync(join(tmpdir(), 'slipway-clock-'));
  const clock = rounds > 0 ? steppedClock(clockDirectory) : undefined;
  const lab = await openLab({
    handlers: ['crun'],
    ...(clock ? { env: clock.env } : {}),
    // One gateway: clients know one socket.
    scale: { puller: count, builder: count, executor: count },
    settings: {
      'stage.stallMs': 2000,
      'stage.beatMs': 200,
      ...(disk ? { root: disk.root, 'up.hungMs': 3000, 'disk.reserveBytes': 4 << 20 } : {}),
    },
  });
  try {
    const pulls = Number(values.pulls);
    if (pulls > 0) {
      const { hits, kept, fetched } = await runPullKills(lab, pulls);
      process.stdout.write(
        `${pulls} pulls succeeded; ${hits} were under way when the puller was killed: ${kept} bytes were on disk, ${fetched} were fetched after\n`,
      );
    } else if (rounds > 0) {
      const scene = await RestartScene.open(lab);
      try {
        for (const kind of values.kind === 'all' ? Object.keys(kinds) : values.kind.split(',')) {
          const began = performance.now();
          await runRounds(lab, scene, kind, rounds, { clock });
          const seconds = ((performance.now() - began) / 1000).toFixed(1);
          process.stdout.write(`${kind}: ${rounds} rounds in ${seconds} s: nothing was lost and nothing is left\n`);
        }
        await scene.steady.remove();
      } finally {
        await scene.proxy.stop();
      }
    } else {
      const [least = 500, most = 6000] = values.pause.split('-').map(Number);
      const { kills, pods, execs } = await runChaos(lab, {
        pauseMs: [least, most],
        seconds: Number(values.seconds),
        workers: Number(values.workers),
        victims: values.victims.split(','),
      });
      process.stdout.write(`${kills} kills, ${pods} pods and ${execs} execs: nothing was lost and nothing is left\n`);
    }
  } catch (error) {
    const log = join(tmpdir(), `slipway-chaos-${process.pid}.log`);
    writeFileSync(log, lab.node.logs());
    process.stderr.write(`${(error as Error).message}\nthe node's log: ${log}\n`);
    process.exitCode = 1;
  }
  // Leftovers of a failed run are no further finding.
  await lab.close().catch((error: unknown) => {
    if (process.exitCode !== 1) throw error;
  });
  disk?.close();
  rmSync(clockDirectory, { recursive: true });
}
