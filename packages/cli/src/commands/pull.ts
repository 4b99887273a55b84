import type { PullProgress } from '@slipway/contracts';
import type { Command } from 'commander';
import { withNode } from '../client/node.js';
import { watchPulls } from '../client/pull-events.js';
import { print } from '../output.js';
import { type CommandContext, examples, settingsHelp } from './command-context.js';

const barWidth = 30;
/** A pull is as long as it is: the puller gives up by itself when no byte comes. */
const pullMs = 24 * 3600_000;

export function addPull(program: Command, context: CommandContext): void {
  program
    .command('pull <image>')
    .description('fetch and unpack an image')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      examples(
        ['slipway pull registry.k8s.io/pause:3.10', 'an image'],
        ['slipway pull busybox --json', 'its id, for scripts'],
      ) + settingsHelp,
    )
    .action(async (image: string, { json }: { json?: boolean }) => {
      const shown = process.stderr.isTTY && !json;
      const watch = shown ? await watchPulls(context.loaded().settings, draw).catch(() => undefined) : undefined;
      try {
        const { imageRef } = await withNode(context, (cri) =>
          cri.pullImage({ image: { image } }, { timeoutMs: pullMs }),
        );
        if (shown) process.stderr.write('\r\x1b[K');
        print({ image, id: imageRef }, () => imageRef, json ?? !process.stdout.isTTY);
      } finally {
        await watch?.close();
      }
    });
}

function draw(progress: PullProgress): void {
  process.stderr.write(`\r\x1b[K${pullLine(progress)}`);
}

/** One line: a bar of the bytes, and the layers. */
export function pullLine({ step, bytesDone, bytesTotal, layersDone, layersTotal }: PullProgress): string {
  const part = bytesTotal > 0n ? Math.min(1, Number(bytesDone) / Number(bytesTotal)) : 0;
  const full = Math.round(part * barWidth);
  const bar = `${'#'.repeat(full)}${'.'.repeat(barWidth - full)}`;
  const bytes = `${(Number(bytesDone) / 1e6).toFixed(1)}/${(Number(bytesTotal) / 1e6).toFixed(1)} MB`;
  return `${step.padEnd(7)} [${bar}] ${bytes}, ${layersDone}/${layersTotal} layers`;
}
