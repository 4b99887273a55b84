import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@slipway/config';
import type { ImageRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { connectRecords, redisAccess, type Records } from '@slipway/records';
import { parseReference, repoDigest, repoTag } from '@slipway/registry';
import { type Bus, connectBus } from '@slipway/stage';
import { createLogger } from '@slipway/telemetry';
import { nodeSecrets } from './access/node-secrets.js';
import { requireAccess } from './access/permission.js';
import { readUpState } from '@slipway/supervisor';

/** The node whose stages and records a command uses, as an operator. */
export interface Node {
  bus: Bus;
  records: Records;
}

/** Connects to the node that runs here, or that the settings name; disconnects after the work. */
export async function withNode<T>(settings: Settings, work: (node: Node) => Promise<T>): Promise<T> {
  const node = await connectNode(settings);
  try {
    return await work(node);
  } finally {
    await node.close();
  }
}

/** The same for a caller that closes it. Throws NOT_PERMITTED, STAGE_UNAVAILABLE, RECORDS_UNAVAILABLE. */
export async function connectNode(settings: Settings): Promise<Node & { close(): Promise<void> }> {
  requireAccess(nodeSecrets(settings));
  const up = readUpState(settings.state);
  const natsUrl = settings.nats.url || up?.nats;
  const redisUrl = settings.redis.url || up?.redis;
  if (!natsUrl || !redisUrl) {
    throw new SlipwayError('STAGE_UNAVAILABLE', `no node runs with the state directory ${settings.state}`, {
      hint: 'start slipway up, or name nats.url and redis.url',
    });
  }
  const own = join(settings.state, 'keys', 'operator.nk');
  const nkeyFile = settings.nats.nkeyFile || (existsSync(own) ? own : undefined);
  const bus = await connectBus({ url: natsUrl, node: up?.node ?? settings.node, role: 'operator', nkeyFile });
  try {
    const log = createLogger({ stage: 'cli', level: 'error' });
    const access = redisAccess(settings, redisUrl, 'operator');
    const { root, state } = settings;
    const records = await connectRecords({ url: redisUrl, node: bus.node, root, state, log, access });
    const close = async (): Promise<void> => {
      try {
        await records.close();
      } finally {
        await bus.close();
      }
    };
    return { bus, records, close };
  } catch (error) {
    await bus.close();
    throw error;
  }
}

/** An image of the node by id, tag or digest. Throws IMAGE_NOT_FOUND. */
export async function nodeImage({ records }: Pick<Node, 'records'>, name: string): Promise<ImageRecord> {
  if (name === '') throw new SlipwayError('INVALID_REQUEST', 'the container names no image: give one with --image');
  const names = new Set([name, `sha256:${name}`]);
  try {
    const reference = parseReference(name);
    const tag = repoTag(reference);
    if (tag) names.add(tag);
    if (reference.digest) names.add(repoDigest(reference, reference.digest));
  } catch {
    // An id is no reference.
  }
  for (const image of await records.images.list()) {
    if ([image.id, ...image.repoTags, ...image.repoDigests].some((known) => names.has(known))) return image;
  }
  throw new SlipwayError('IMAGE_NOT_FOUND', 'the image is not on this node', { object: `image ${name}` });
}
