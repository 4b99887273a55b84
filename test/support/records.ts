import { type RedisAccess, redisAccess } from '@slipway/records';
import type { TestNode } from '@slipway/testbed';

/** Where a node's Redis is, and its operator's user there. */
export function operatorRedis({ settings, state }: TestNode): { url: string; access: RedisAccess | undefined } {
  const url = settings.redis.url || `unix://${state}/redis.sock`;
  return { url, access: redisAccess(settings, url, 'operator') };
}
