import assert from 'node:assert/strict';
import { statusName } from '@slipway/testbed';

/** How a call failed, as a CRI client sees it. */
export interface Failure {
  /** The gRPC status's name, for example NOT_FOUND. */
  status: string;
  text: string;
}

/** The failure of a call that must not succeed. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const outcome = await call.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  if ('answer' in outcome) assert.fail(`the call succeeded: ${JSON.stringify(outcome.answer, bigints)}`);
  const { details, message } = outcome.error as { details?: string; message: string };
  return { status: statusName(outcome.error), text: details ?? message };
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
