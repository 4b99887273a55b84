import type { GarbageItem } from '@slipway/contracts';
import { withPuller } from '../../client/operator.js';
import { print, table } from '../../output.js';
import { bytes as bytesText } from '../../client/units.js';
import type { CliCommand } from '../../grammar/cli-command.js';
import type { CommandContext } from '../command-context.js';

export function addImageGarbage(parent: CliCommand, context: CommandContext): void {
  parent
    .command('gc')
    .description(
      'remove layers that no image, container or pull needs, and partial downloads that nobody came back for',
    )
    .option('--dry-run', 'tell what would go and what stays, and why; remove nothing')
    .option('--json', 'one JSON object')
    .guide({
      examples: [
        ['slipway image gc --dry-run', 'what would go, and why'],
        ['slipway image gc', 'now; a node does it every five minutes'],
      ],
    })
    .action(async ({ dryRun = false, json }: { dryRun?: boolean; json?: boolean }) => {
      const { items, kept } = await withPuller(context.loaded().settings, (puller) =>
        puller.collectGarbage({ dryRun }),
      );
      const result = { dryRun, bytes: sum(items), items: items.map(row), kept: kept.map(row) };
      print(
        result,
        () => {
          const verb = dryRun ? 'would be removed' : 'removed';
          const head = `${items.length} ${verb}, ${bytesText(result.bytes)}; ${kept.length} layers stay, ${bytesText(sum(kept))}`;
          const shown = dryRun ? [...rows(items, 'go'), ...rows(kept, 'stay')] : rows(items, 'gone');
          return [head, ...(shown.length > 0 ? [table(shown)] : [])].join('\n');
        },
        json,
      );
    });
}

function row({ kind, id, bytes, reason }: GarbageItem) {
  return { kind, id, bytes: Number(bytes), reason };
}

function rows(items: readonly GarbageItem[], fate: string): string[][] {
  return items.map(({ kind, id, bytes, reason }) => [fate, kind, id.slice(0, 19), bytesText(bytes), reason]);
}

function sum(items: readonly GarbageItem[]): number {
  return items.reduce((total, { bytes }) => total + Number(bytes), 0);
}
