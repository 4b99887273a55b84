import { SlipwayError } from '@slipway/errors';
import { withNode } from '../../client/node.js';
import { print } from '../../output.js';
import type { CliCommand } from '../../grammar/cli-command.js';
import type { CommandContext } from '../command-context.js';

interface Removed {
  id: string;
  names: string[];
  /** Containers that were made of it; they go on. */
  containers: string[];
}

export function addImageRemove(parent: CliCommand, context: CommandContext): void {
  parent
    .command('rm <image...>')
    .description('remove images with all their names; containers that were made of them go on')
    .option('--json', 'one JSON array')
    .guide({
      examples: [
        ['slipway image rm busybox', 'by any of its names'],
        ['slipway image rm 1a2b3c4d', 'by the beginning of its id'],
      ],
    })
    .action(async (names: string[], { json }: { json?: boolean }) => {
      const removed = await withNode(context, async (cri) => {
        const all: Removed[] = [];
        for (const name of names) {
          const { image } = await cri.imageStatus({ image: { image: name } });
          // The CRI takes a missing image for success; a person who mistyped wants to know.
          if (!image)
            throw new SlipwayError('IMAGE_NOT_FOUND', 'the image is not on this node', {
              object: `image ${name}`,
              hint: 'slipway image ls lists them',
            });
          const { containers } = await cri.listContainers({});
          await cri.removeImage({ image: { image: image.id } });
          const users = containers.filter(({ imageId, imageRef }) => imageId === image.id || imageRef === image.id);
          all.push({
            id: image.id,
            names: [...image.repoTags, ...image.repoDigests],
            containers: users.map(({ id }) => id),
          });
        }
        return all;
      });
      print(removed, () => removed.map(describe).join('\n'), json);
    });
}

function describe({ id, names, containers }: Removed): string {
  const goOn =
    containers.length === 0 ? '' : `; its layers stay until ${containers.length} containers of it are removed`;
  return `removed ${id}${names.length > 0 ? ` (${names.join(', ')})` : ''}${goOn}`;
}
