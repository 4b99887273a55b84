import { bootId, monotonicMs } from '@slipway/time';
import type { Position } from './journal.js';
import type { Keys } from './keys.js';
import { guard, KEPT_MS, type RecordsRedis } from './redis.js';

/** The reader, its socket, and its process. */
interface Bookmark extends Position {
  owner: string;
  instance: string;
  /** When it was written: milliseconds of the monotonic clock, which all processes of one boot share, and that boot. */
  at: number;
  boot: string;
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
    const bookmark: Bookmark = { ...position, owner, instance, at: monotonicMs(), boot: bootId() };
    await guard(this.redis.hset(this.keys.bookmarks(), name, JSON.stringify(bookmark)), 'bookmarks');
  }

  async remove(name: string): Promise<void> {
    await guard(this.redis.hdel(this.keys.bookmarks(), name), 'bookmarks');
  }

  /**
   * Takes one of those that another instance of the owner left within the last five minutes; each is given out once.
   * The CRI names no subscriber, so who comes need not be who it was: each is given the earliest place of all that are
   * left, and the latest is crossed out. As many as were cut off miss nothing, in whatever order they come back; one
   * that had read further than another gets some of it again.
   */
  async take(owner: string, instance: string): Promise<Position | undefined> {
    const all = await guard(this.redis.hgetall(this.keys.bookmarks()), 'bookmarks');
    const left: [name: string, place: Bookmark][] = [];
    const boot = bootId();
    // One of an earlier version says no boot: its time is the wall clock's.
    const isOld = (bookmark: Bookmark): boolean => bookmark.boot !== boot || monotonicMs() - bookmark.at >= KEPT_MS;
    for (const [name, text] of Object.entries(all)) {
      const bookmark = parse(text);
      if (!bookmark || isOld(bookmark)) await this.remove(name);
      else if (bookmark.owner === owner && bookmark.instance !== instance) left.push([name, bookmark]);
    }
    left.sort(([, one], [, other]) => one.count - other.count);
    const earliest = left[0]?.[1];
    for (const [name] of left.toReversed()) {
      const ours = (await guard(this.redis.hdel(this.keys.bookmarks(), name), 'bookmarks')) === 1;
      if (ours && earliest) return { id: earliest.id, count: earliest.count };
    }
    return undefined;
  }
}

/** Undefined when it is damaged: its subscriber lists again. */
function parse(text: string): Bookmark | undefined {
  try {
    return JSON.parse(text) as Bookmark;
  } catch {
    return undefined;
  }
}
