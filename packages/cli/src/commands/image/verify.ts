import type { Image } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { withNode } from '../../client/node.js';
import { withPuller } from '../../client/operator.js';
import { shortId } from '../../client/units.js';
import type { CliCommand } from '../../grammar/cli-command.js';
import { print, table } from '../../output.js';
import type { CommandContext } from '../command-context.js';

interface Verified {
  id: string;
  name: string;
  layers: { diffID: string; files: number; lost: number; absent: boolean }[];
}

export function addImageVerify(parent: CliCommand, context: CommandContext): void {
  parent
    .command('verify [image...]')
    .description('look for files that the disk has lost from layers; a pull brings a layer that lost some back')
    .option('--json', 'one JSON array')
    .guide({
      notes: 'It reads the whole tree of each layer. The exit code is 1 where files are missing.',
      examples: [
        ['slipway image verify', 'all images'],
        ['slipway image verify busybox || slipway pull busybox', 'mend one'],
      ],
    })
    .action(async (names: string[], { json }: { json?: boolean }) => {
      const images = await withNode(context, async (cri) => {
        if (names.length === 0) return (await cri.listImages({})).images;
        const found: Image[] = [];
        for (const name of names) {
          const { image } = await cri.imageStatus({ image: { image: name } });
          if (!image)
            throw new SlipwayError('IMAGE_NOT_FOUND', 'the image is not on this node, or one of its layers is not', {
              object: `image ${name}`,
              hint: 'slipway image ls lists them; pull it again',
            });
          found.push(image);
        }
        return found;
      });
      const verified = await withPuller(context.loaded().settings, async (puller) => {
        const all: Verified[] = [];
        for (const { id, repoTags, repoDigests } of images) {
          const { layers } = await puller.verifyImage({ id });
          const name = repoTags[0] ?? repoDigests[0] ?? id;
          all.push({ id, name, layers: layers.map(plain) });
        }
        return all;
      });
      print(verified, () => human(verified), json);
      if (verified.some(isDamaged)) process.exitCode = 1;
    });
}

type Layer = Verified['layers'][number];

function plain(layer: { diffId: string; inodes: bigint; lost: bigint; absent: boolean }): Layer {
  return { diffID: layer.diffId, files: Number(layer.inodes), lost: Number(layer.lost), absent: layer.absent };
}

function isDamaged({ layers }: Verified): boolean {
  return layers.some(({ lost, absent }) => lost > 0 || absent);
}

function human(images: readonly Verified[]): string {
  const rows = images.map((image) => [image.name, shortId(image.id), isDamaged(image) ? stateOf(image) : 'complete']);
  const damaged = images.filter(isDamaged).map(({ name }) => name);
  const advice = damaged.length === 0 ? [] : ['', ...damaged.map((name) => `mend it: slipway pull ${name}`)];
  return [table([['IMAGE', 'ID', 'FILES'], ...rows]), ...advice].join('\n');
}

function stateOf({ layers }: Verified): string {
  return layers
    .filter(({ lost, absent }) => lost > 0 || absent)
    .map(({ diffID, files, lost, absent }) =>
      absent ? `layer ${shortId(diffID)} is missing` : `layer ${shortId(diffID)} has lost ${lost} of ${files}`,
    )
    .join('; ');
}
