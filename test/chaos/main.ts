import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cannotRun, openLab } from '../support/lab.js';
import { runChaos } from './chaos.js';
import { runPullKills } from './pull-kills.js';

const help = `Kills processes of a node at random while pods come and go, and fails when anything is lost.

  npm run chaos                        for a minute
  npm run chaos -- --seconds 600       for ten
  npm run chaos -- --workers 8         with eight pods at once
  npm run chaos -- --victims gateway,redis,nats
  npm run chaos -- --pause 300-1500    with so many milliseconds between two kills; default 500-6000
  npm run chaos -- --scale 2           with two of every stage
  npm run chaos -- --pulls 20          kills the puller at a random moment of each of 20 pulls instead
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
  const lab = await openLab({
    handlers: ['crun'],
    // One gateway: clients know one socket.
    scale: { puller: count, builder: count, executor: count },
    settings: { 'stage.stallMs': 2000, 'stage.beatMs': 200 },
  });
  try {
    const pulls = Number(values.pulls);
    if (pulls > 0) {
      const { hits, kept, fetched } = await runPullKills(lab, pulls);
      process.stdout.write(
        `${pulls} pulls succeeded; ${hits} were under way when the puller was killed: ${kept} bytes were on disk, ${fetched} were fetched after\n`,
      );
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
  // What a failed run left is no further finding.
  await lab.close().catch((error: unknown) => {
    if (process.exitCode !== 1) throw error;
  });
}
