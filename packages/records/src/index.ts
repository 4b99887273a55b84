export type { Bookmarks } from './bookmarks.js';
export type { Change, Journal, JournalReader, Position } from './journal.js';
export { type Claim, type OperationOutcome, Operations } from './operations.js';
export type { Lease, LockOptions } from './locks.js';
export { connectRecords, type Records, type RecordsOptions } from './records.js';
export type { RecordTable } from './table.js';
export { Reserve } from './reserve.js';
export { isLive, type Moved, movePhase, phaseName, sandboxPhaseName } from './phases.js';
