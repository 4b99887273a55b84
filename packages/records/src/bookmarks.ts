import type { Position } from './journal.js';
import type { Keys } from './keys.js';
import { guard, KEPT_MS, type RecordsRedis } from './redis.js';

/** Who reads, of which socket, in which process. */
interface Bookmark extends Position {
  owner: string;
  instance: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/**
 * How far the subscribers of a gateway had read, in Redis: one that the gateway's end has cut off reads on from there.
 * Those of a process that has ended are recognized by its instance: a socket has one owner at a time.
 */
export class Bookmarks {
  constructor(
    readonly redis: RecordsRedis,
    readonly keys: Keys,
  ) {}

  async save(name: string, owner: string, instance: string, position: Position): Promise<void> {
    const bookmark: Bookmark = { ...position, owner, instance, at: Date.now() };
    await guard(this.redis.hset(this.keys.bookmarks(), name, JSON.stringify(bookmark)), 'bookmarks');
  }

  async remove(name: string): Promise<void> {
    await guard(this.redis.hdel(this.keys.bookmarks(), name), 'bookmarks');
  }

  /** Takes one that another instance of the owner left within the last five minutes; each is given out once. */
  async take(owner: string, instance: string): Promise<Position | undefined> {
    const all = await guard(this.redis.hgetall(this.keys.bookmarks()), 'bookmarks');
    for (const [name, text] of Object.entries(all)) {
      const bookmark = JSON.parse(text) as Bookmark;
      const fresh = Date.now() - bookmark.at < KEPT_MS;
      if (bookmark.owner !== owner && fresh) continue;
      if (bookmark.instance === instance) continue;
      const ours = (await guard(this.redis.hdel(this.keys.bookmarks(), name), 'bookmarks')) === 1;
      if (ours && fresh) return { id: bookmark.id, count: bookmark.count };
    }
    return undefined;
  }
}
