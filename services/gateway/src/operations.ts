import { createHmac, randomBytes } from 'node:crypto';
import type { AuthConfig, ContainerMetadata, PodSandboxMetadata } from '@slipway/cri';
import { type ErrorCode, SlipwayError } from '@slipway/errors';
import type { Claim, OperationHolder } from '@slipway/records';
import { timeLeft } from '@slipway/time';
import type { Call, Gateway } from './context.js';
import { newId } from './ids.js';

/**
 * Milliseconds: an answer so shortly before its caller's deadline may cross its leaving, which the gateway is not told
 * of. It does not count as handed out, so that a caller without it gets the same id when it asks again.
 */
const crossingMs = 250;

/** The key by which two RunPodSandbox calls are the same one. */
export function sandboxOperation({ namespace, name, uid, attempt }: PodSandboxMetadata): string {
  return `sandbox/${namespace}/${name}/${uid}/${attempt}`;
}

/** The key by which two CreateContainer calls are the same one. */
export function containerOperation(sandboxId: string, { name, attempt }: ContainerMetadata): string {
  return `container/${sandboxId}/${name}/${attempt}`;
}

/** The HMAC key of this process: an operation's key is in logs and spans, and nobody may try passwords by it. */
const pullKey = randomBytes(32);

/** The key by which two pulls are the same one: other credentials may see another image, or no image. */
export function pullOperation(reference: string, auth: AuthConfig | undefined): string {
  if (!auth) return `pull/${reference}`;
  const who = createHmac('sha256', pullKey).update(JSON.stringify(auth));
  return `pull/${reference}/${who.digest('hex').slice(0, 16)}`;
}

interface Creation {
  key: string;
  /** The code that says that the object exists. */
  exists: ErrorCode;
  /** Whether the record of an id is still there. */
  stands(id: string): Promise<boolean>;
  /** The id of an object that this operation made, where the operation itself is forgotten. */
  made(): Promise<string | undefined>;
  make(claim: Claim): Promise<void>;
}

/**
 * Makes an object once. A second call joins the first or gets its result; when the
 * result was handed out already, the object exists.
 * @returns the object's id
 */
export async function createOnce(gateway: Gateway, call: Call, creation: Creation): Promise<string> {
  const { operations } = gateway.records;
  const { key } = creation;
  for (;;) {
    let early: Promise<string | undefined> | undefined;
    const running = operations.run(key, newId(), (claim) => makeUnlessMade(creation, claim, early));
    // Sent directly after the claim on the same connection, so Redis answers with the state after the claim.
    early = creation.made();
    early.catch(() => undefined);
    const outcome = await call.wait(running);
    if (!outcome.fresh && !(await creation.stands(outcome.id))) {
      // Removed behind the operation's back, for example with its sandbox.
      await operations.forget(key, outcome);
      continue;
    }
    if (outcome.delivered) throw existing(creation, outcome.id);
    if (!call.signal.aborted && timeLeft(call.deadline) > crossingMs) {
      // Not awaited: a caller that asks again before Redis has it gets the same id once more.
      operations.deliver(key, outcome).catch((error: unknown) => {
        call.log.warn({ err: error, operation: key }, 'the delivery of a creation could not be recorded');
      });
    }
    return outcome.id;
  }
}

/** A record, or the part of it that is known. Phase 0 is an intent. */
type Made = { id: string; operation?: string; phase?: number };

/**
 * The try whose operation is to be forgotten with the object that it made, undefined where there is none. It is read before
 * the record is deleted: later the key may be the claim of another gateway, which makes the next object.
 */
export async function holderOf({ records }: Gateway, made: Made): Promise<OperationHolder | undefined> {
  // An intent's operation is still running: its outcome is for the callers that wait.
  if (!made.operation || made.phase === 0) return undefined;
  const holder = await records.operations.holder(made.operation);
  return holder?.id === made.id ? holder : undefined;
}

/** Frees an operation's key once the object that it made is gone. */
export async function forgetCreation(
  { records }: Gateway,
  made: Made,
  holder: OperationHolder | undefined,
): Promise<void> {
  if (made.operation && holder) await records.operations.forget(made.operation, holder);
}

/**
 * Looks once the operation is ours, and not before: a gateway that died may have had
 * the object made while its claim ran out.
 */
async function makeUnlessMade(
  creation: Creation,
  claim: Claim,
  early: Promise<string | undefined> | undefined,
): Promise<void> {
  const earlier = await ((claim.atOnce && early) || creation.made());
  if (earlier === claim.id) return;
  if (earlier) throw existing(creation, earlier);
  await creation.make(claim);
}

function existing(creation: Creation, id: string): SlipwayError {
  return new SlipwayError(creation.exists, `${creation.key} exists: ${id}`);
}
