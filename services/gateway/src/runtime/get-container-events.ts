import { setTimeout as sleep } from 'node:timers/promises';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import type { Change, JournalReader } from '@slipway/records';
import { Limit } from '@slipway/time';
import type { Gateway } from '../context.js';
import { Bookmark } from '../events/bookmark.js';
import { PodsView } from '../events/pods-view.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/**
 * Events of containers and sandboxes, whoever caused them, from now on; or from the place of a subscriber that the
 * gateway's end cut off. A subscriber reads the journal at its own pace: what waits for it waits in Redis.
 * The stream ends with LIMIT_EXCEEDED when the journal no longer has what comes next, with STAGE_UNAVAILABLE when the
 * gateway ends.
 */
export const getContainerEvents: RuntimeRpcs['getContainerEvents'] = async function* (gateway, _request, call) {
  const { records } = gateway;
  using limit = new Limit({ signals: [call.signal, gateway.closing] });
  const end = limit.signal;
  const start = (await Bookmark.left(gateway)) ?? (await records.journal.end());
  const reader = records.journal.open(start);
  const bookmark = new Bookmark(gateway, start);
  const stop = (): void => reader.close();
  end.addEventListener('abort', stop, { once: true });
  try {
    const [sandboxes, containers] = await Promise.all([records.sandboxes.list(), records.containers.list()]);
    let changes = await readAll(reader);
    const view = new PodsView({ sandboxes, containers }, changes);
    for (;;) {
      const images = changes.length > 0 ? await records.images.list() : [];
      for (const change of changes) {
        for (const event of view.tell(change, images)) yield event;
        bookmark.position = change.position;
        if (gateway.closing.aborted) break;
      }
      changes = await nextChanges(gateway, reader, end);
    }
  } catch (error) {
    throw gateway.closing.aborted ? closing() : error;
  } finally {
    end.removeEventListener('abort', stop);
    reader.close();
    await bookmark.close(gateway.closing.aborted);
  }
};

/** All that is there by now: it has happened before the subscription's view of the records, or just after. */
async function readAll(reader: JournalReader): Promise<Change[]> {
  const all: Change[] = [];
  for (;;) {
    const some = await reader.read();
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Waits for changes, and for a Redis that is away. @throws the signal's reason, and what ends the subscription */
async function nextChanges(gateway: Gateway, reader: JournalReader, end: AbortSignal): Promise<Change[]> {
  for (;;) {
    end.throwIfAborted();
    try {
      const changes = await reader.next();
      if (changes.length > 0) return changes;
    } catch (error) {
      end.throwIfAborted();
      if (!isSlipwayError(error) || error.code !== 'RECORDS_UNAVAILABLE') throw error;
      gateway.log.debug({ err: error }, 'events cannot be read now; it is tried again');
      await sleep(250, undefined, { signal: end });
    }
  }
}

function closing(): SlipwayError {
  return new SlipwayError('STAGE_UNAVAILABLE', 'this gateway ends', {
    stage: 'gateway',
    hint: 'connect again within five minutes: events go on where they stopped',
  });
}
