import type { RecordTable } from '@slipway/records';
import type { Gateway } from './context.js';

/** The phases of sandboxes and containers in which nobody sees them. */
const INTENT = 0;

interface FailedCreation<T> {
  /** The operation's. */
  key: string;
  /** For people: `container <id>`. */
  object: string;
  id: string;
  /** When this try reserved the record, which tells it from a later try with the same id. */
  createdAt: bigint;
  table: RecordTable<T>;
  /** Takes down whatever there is of it, its record last. */
  discard: () => Promise<void>;
}

/**
 * Undoes a creation that failed, immediately or, where a stage is away, in the background. Never rejects.
 *
 * The executor may have been done with the object without being heard. Nobody was given its id, so it must not be
 * shown: a kubelet would take what is being undone for a container that failed, and its pod for one that may not be
 * tried again. The record goes back to INTENT first, which also leaves it to the janitor should this gateway die.
 */
export async function undoCreation<T extends { phase: number; createdAt: bigint }>(
  gateway: Gateway,
  { key, object, id, createdAt, table, discard }: FailedCreation<T>,
): Promise<void> {
  /** @returns false where the record is a later try's, which is not ours to undo */
  const hide = async (): Promise<boolean> => {
    const now = await table.transition(id, (record) =>
      record.phase === INTENT || record.createdAt !== createdAt ? undefined : { ...record, phase: INTENT },
    );
    return now === undefined || now.createdAt === createdAt;
  };
  await gateway.leftovers.undo(
    object,
    async () => {
      if (!(await hide())) return;
      try {
        await discard();
      } catch (error) {
        // The executor may have been at it still, and have moved the record since.
        await hide();
        throw error;
      }
    },
    async () => {
      const now = await table.get(id);
      // It is gone, or a later try's.
      if (now?.createdAt !== createdAt) return 'never';
      const operation = await gateway.records.operations.look(key);
      if (operation?.state === 'running') return 'later';
      // A retry may have found that it exists, and returned it to its caller.
      return operation?.id === id && operation.state !== 'failed' ? 'never' : 'yes';
    },
  );
}
