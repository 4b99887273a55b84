import { withNode } from '../../client/node.js';
import { print, table } from '../../output.js';
import { bytes as bytesText, shortId } from '../../client/units.js';
import type { CliCommand } from '../../grammar/cli-command.js';
import type { CommandContext } from '../command-context.js';

/** `slipway image ls`, and `slipway images` for short. */
export function addImageList(parent: CliCommand, name: string, context: CommandContext): void {
  const words = name === 'ls' ? 'slipway image ls' : `slipway ${name}`;
  parent
    .command(name)
    .description('list the images on this node')
    .option('--json', 'one JSON array')
    .guide({
      examples: [
        [words, 'a table'],
        [`${words} --json`, 'for scripts'],
      ],
    })
    .action(async ({ json }: { json?: boolean }) => {
      const { images } = await withNode(context, (cri) => cri.listImages({}));
      const rows = images.map(({ id, repoTags, repoDigests, size, pinned }) => {
        return { id, repoTags, repoDigests, size: Number(size), pinned };
      });
      print(
        rows,
        () => {
          if (rows.length === 0) return 'none';
          const cells = rows.flatMap(({ id, repoTags, repoDigests, size, pinned }) => {
            const names = repoTags.length > 0 ? repoTags : [repoDigests[0] ?? '<no name>'];
            return names.map((one) => [shortId(id), bytesText(size), pinned ? 'yes' : '', one]);
          });
          return table([['ID', 'SIZE', 'PINNED', 'NAME'], ...cells]);
        },
        json,
      );
    });
}
