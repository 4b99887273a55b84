/** A copy of a record: whole, absent, or damaged. */
export type Standing = { revision: bigint; bytes: Buffer } | 'absent' | 'damaged';

/** The action that makes both copies of a record the same. */
export type Verdict =
  | 'agree'
  /** Redis has what is to be in the file. */
  | 'take-redis'
  /** The file has what is to be in Redis. */
  | 'take-mirror'
  /** The record was deleted, and is to be so in both. */
  | 'delete'
  /** No copy can be read. */
  | 'lost';

/**
 * Which copy of a record is in force. `tombstone` is the revision at which the record was deleted: it holds for copies
 * up to it. A tombstone that is damaged holds for any copy.
 *
 *   redis      mirror     tombstone          verdict
 *   any        any        of one of them     as if that one were absent; with nothing left: delete
 *   whole      whole                         the one with the higher revision; Redis where they are equal
 *   whole      not whole                     take-redis
 *   not whole  whole                         take-mirror: Redis lost it, as deletions leave a tombstone
 *   damaged or absent, one of them damaged   lost
 */
export function decide(redis: Standing, mirror: Standing, tombstone: bigint | 'damaged' | undefined): Verdict {
  const [inRedis, inMirror] = [redis, mirror].map((copy) => (isDead(copy, tombstone) ? 'absent' : copy));
  if (typeof inRedis === 'object') {
    if (typeof inMirror !== 'object') return 'take-redis';
    if (inRedis.bytes.equals(inMirror.bytes)) return 'agree';
    return inMirror.revision > inRedis.revision ? 'take-mirror' : 'take-redis';
  }
  if (typeof inMirror === 'object') return 'take-mirror';
  if (inRedis === 'damaged' || inMirror === 'damaged') return 'lost';
  return redis === 'absent' && mirror === 'absent' ? 'agree' : 'delete';
}

function isDead(copy: Standing, tombstone: bigint | 'damaged' | undefined): boolean {
  if (tombstone === undefined) return false;
  if (typeof copy !== 'object' || tombstone === 'damaged') return true;
  return copy.revision <= tombstone;
}
