import { SlipwayError } from '@slipway/errors';
import type { Msg } from 'nats';
import { type Bus, inboxPrefix } from './bus.js';
import { newSealKey, sealFor } from './sealed.js';
import type { SharedWork } from './shared-work.js';

/** Milliseconds between two times that callers are asked, and until none is waited for any more. */
const AGAIN_MS = 1000;
const GIVE_UP_MS = 15_000;

/**
 * The secret that callers hold back for the instance that works on their call; undefined where none has one.
 *
 *   caller                                    instance
 *     │ ── request: Secret ────────────────────▶ │   that there is one
 *     │ ◀───────────────────────────────── ask ── │   a public key; answered on _INBOX_<stage>.<caller's role>.…
 *     │ ── the secret, sealed for that key ─────▶ │
 *
 * The key comes on the call's reply subject, where the server lets only the stage publish, and whose token knows who
 * has the request. It is made for this work: an instance that takes the call over, after this one ended, asks by itself.
 *
 * @throws SlipwayError CANCELLED where no caller answers; the signal's reason
 */
export function askSecret<T>(bus: Bus, work: SharedWork<T>, stage: string): Promise<Uint8Array | undefined> {
  if (!work.hasSecret) return Promise.resolve(undefined);
  const key = newSealKey();
  const subjects = new Map<string, { subject: string; release: () => void }>();
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearInterval(again);
      clearTimeout(late);
      work.signal.removeEventListener('abort', aborted);
      for (const { release } of subjects.values()) release();
    };
    const aborted = (): void => {
      end();
      reject(work.signal.reason as Error);
    };
    const take = (message: Msg): void => {
      let secret: Uint8Array;
      try {
        secret = key.open(message.data, message.subject);
      } catch {
        // Not sealed for this key: whoever has the secret is asked again.
        return;
      }
      end();
      resolve(secret);
    };
    const replyFor = (role: string): string => {
      const there = subjects.get(role) ?? bus.expectReplies(role, take);
      subjects.set(role, there);
      return there.subject;
    };
    const ask = (): void => work.ask(key.publicKey, replyFor);
    const again = setInterval(ask, AGAIN_MS);
    const late = setTimeout(() => {
      end();
      reject(new SlipwayError('CANCELLED', 'no caller handed over the credentials of its call', { stage }));
    }, GIVE_UP_MS);
    work.signal.addEventListener('abort', aborted, { once: true });
    if (work.signal.aborted) aborted();
    else ask();
  });
}

/**
 * Answers an instance that asks for a call's secret. Only into that stage's inbox: an answer goes out with the caller's
 * rights, and must not become a command on another subject.
 * @throws SlipwayError INTERNAL for a question that no instance of the stage asks
 */
export function answerSecret(bus: Bus, stage: string, question: Msg, secret: Uint8Array): void {
  const subject = question.reply ?? '';
  if (!subject.startsWith(`${inboxPrefix(stage)}.${bus.role}.`)) {
    throw new SlipwayError(
      'INTERNAL',
      'the credentials were asked for on a subject that is not the inbox of the stage',
      {
        stage,
      },
    );
  }
  bus.connection.publish(subject, sealFor(question.data, secret, subject));
}

/** The role that a reply subject belongs to. */
export function roleOf(replySubject: string): string {
  return /^_INBOX_([^.]+)\./.exec(replySubject)?.[1] ?? '';
}
