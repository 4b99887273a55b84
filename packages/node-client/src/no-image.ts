import { ImageRecord } from '@slipway/contracts';

/** An image of nothing: what runs comes in as a mount, so that no registry is needed. */
export const noImage = ImageRecord.create({
  id: `sha256:${'0'.repeat(64)}`,
  config: Buffer.from(JSON.stringify({ config: {}, rootfs: { type: 'layers', diff_ids: [] } })),
});
