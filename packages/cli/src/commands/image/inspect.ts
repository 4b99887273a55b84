import type { InspectImageResponse } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { listNamed, type Named } from '../../client/names.js';
import { withNode } from '../../client/node.js';
import { withPuller } from '../../client/operator.js';
import { print, table } from '../../output.js';
import { bytes as bytesText, shortId } from '../../client/units.js';
import type { CliCommand } from '../../grammar/cli-command.js';
import type { CommandContext } from '../command-context.js';

export function addImageInspect(parent: CliCommand, context: CommandContext): void {
  parent
    .command('inspect <image>')
    .description("show an image's names, layers, configuration and users")
    .option('--json', 'one JSON object')
    .guide({
      examples: [
        ['slipway image inspect busybox', 'for reading'],
        ['slipway image inspect 1a2b3c4d --json', 'for scripts'],
      ],
    })
    .action(async (name: string, { json }: { json?: boolean }) => {
      const { image, named } = await withNode(context, async (cri) => ({
        ...(await cri.imageStatus({ image: { image: name } })),
        named: await listNamed(cri),
      }));
      if (!image)
        throw new SlipwayError('IMAGE_NOT_FOUND', 'the image is not on this node', {
          object: `image ${name}`,
          hint: 'slipway image ls lists them',
        });
      const inspected = describe(
        await withPuller(context.loaded().settings, (puller) => puller.inspectImage({ id: image.id })),
      );
      print(inspected, () => human(inspected, named), json);
    });
}

type Inspected = ReturnType<typeof describe>;

function describe({ image, layers, containers }: InspectImageResponse) {
  if (!image) throw new SlipwayError('INTERNAL', 'the puller answered without the image');
  return {
    id: image.id,
    repoTags: image.repoTags,
    repoDigests: image.repoDigests,
    manifestDigest: image.manifestDigest,
    pinned: image.pinned,
    pulledAt: new Date(Number(image.pulledAt / 1_000_000n)).toISOString(),
    size: Number(image.size),
    sizeOnDisk: layers.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    layers: image.layers.map(({ diffId, digest, size }, at) => ({
      diffID: diffId,
      digest,
      size: Number(size),
      sizeOnDisk: Number(layers[at]?.bytes ?? 0n),
      present: layers[at]?.present ?? false,
      synced: layers[at]?.synced ?? false,
      images: layers[at]?.images ?? 0,
    })),
    containers,
    config: JSON.parse(Buffer.from(image.config).toString('utf8')) as Record<string, unknown>,
  };
}

function human(image: Inspected, named: readonly Named[]): string {
  const nameOf = (id: string): string => named.find((one) => one.id === id)?.name ?? id;
  const rows = image.layers.map((layer) => [
    shortId(layer.digest),
    bytesText(layer.size),
    layer.present ? bytesText(layer.sizeOnDisk) : 'MISSING',
    layer.synced ? '' : 'not yet on the disk',
    layer.images > 1 ? `shared by ${layer.images} images` : '',
  ]);
  const facts = [
    ['id', image.id],
    ...image.repoTags.map((tag) => ['tag', tag]),
    ...image.repoDigests.map((digest) => ['digest', digest]),
    ['pulled', image.pulledAt],
    ['pinned', image.pinned ? 'yes: garbage collection leaves it (images.pinned)' : 'no'],
    ['size', `${bytesText(image.size)} in the registry, ${bytesText(image.sizeOnDisk)} on disk`],
    ['used by', image.containers.length === 0 ? 'no container' : image.containers.map(nameOf).join(', ')],
  ];
  return [
    table(facts),
    '',
    table([['LAYER', 'BLOB', 'ON DISK', '', ''], ...rows]),
    '',
    JSON.stringify(image.config, undefined, 2),
  ].join('\n');
}
