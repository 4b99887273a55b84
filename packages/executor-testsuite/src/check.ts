import { isSlipwayError } from '@slipway/errors';
import type { Scene } from './scene.js';
import { Unexpected } from './outcome.js';

/** A demand of the contract on an executor (docs/executor-protocol.md). */
export interface Check {
  name: string;
  /** The expectation, for people. */
  expects: string;
  /** It needs a process to run: a handler of kind null has none. */
  process?: boolean;
  /** Answers what came; throws Unexpected, or whatever failed. */
  run(scene: Scene): Promise<string>;
}

/** Answers what came when it is what was expected. */
export function expectThat(came: string, right: boolean): string {
  if (!right) throw new Unexpected(came);
  return came;
}

/** Awaits a call that must fail with one of these codes; answers the code and the message. */
export async function expectError(call: Promise<unknown>, ...codes: string[]): Promise<string> {
  try {
    await call;
  } catch (error) {
    const came = tell(error);
    if (isSlipwayError(error) && codes.includes(error.code)) return came;
    // The check decides about an executor that refuses as unsupported.
    if (isSlipwayError(error) && error.code === 'UNSUPPORTED') throw error;
    throw new Unexpected(came);
  }
  throw new Unexpected('success');
}

/** An error in a line. */
export function tell(error: unknown): string {
  if (error instanceof Unexpected) return error.message;
  if (isSlipwayError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
