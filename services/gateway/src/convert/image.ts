import type { ImageRecord } from '@slipway/contracts';
import type { Image } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';

export function toImage(record: ImageRecord): Init<Image> {
  return {
    id: record.id,
    repoTags: record.repoTags,
    repoDigests: record.repoDigests,
    size: record.size,
    pinned: record.pinned,
    spec: { image: record.id },
    ...imageUser(record),
  };
}

/** The user of the image's config: a number or a name, without its group. */
function imageUser(record: ImageRecord): Pick<Init<Image>, 'uid' | 'username'> {
  const [user = ''] = (imageConfig(record).config?.User ?? '').split(':');
  if (/^\d+$/.test(user)) return { uid: { value: BigInt(user) } };
  return { username: user };
}

interface OciImageConfig {
  config?: { User?: string };
}

function imageConfig(record: ImageRecord): OciImageConfig {
  // The puller stores nothing that is not an image's config.
  return JSON.parse(Buffer.from(record.config).toString()) as OciImageConfig;
}
