import { cancelSubject, signCall, stageSubject } from '@slipway/stage';
import { headers as natsHeaders } from 'nats';
import type { Scene } from './scene.js';

/** A message of an instance's, as it was on the bus. */
export interface RawReply {
  status: string;
  instance: string;
  data: Uint8Array;
  /** Milliseconds since the call. */
  at: number;
}

export interface RawCall {
  /** Every reply so far. */
  replies: RawReply[];
  /** Resolves with the last one: done or error. Rejects when nothing of the kind comes. */
  over: Promise<RawReply>;
  cancel(): void;
}

const overMs = 30_000;

/** Calls a method without a stage client, to see the messages themselves. */
export function rawCall(scene: Scene, method: string, payload: Uint8Array, deadlineMs = overMs): RawCall {
  const { bus, handler } = scene;
  const began = Date.now();
  const replies: RawReply[] = [];
  let settle!: (reply: RawReply) => void;
  let fail!: (error: Error) => void;
  const over = new Promise<RawReply>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  const inbox = bus.expectReplies('executor', (message) => {
    const status = message.headers?.get('Slipway-Status') ?? '';
    const instance = message.headers?.get('Slipway-Instance') ?? '';
    const reply = { status, instance, data: message.data, at: Date.now() - began };
    replies.push(reply);
    if (message.headers?.code === 503) fail(new Error('no instance hears the subject'));
    if (status === 'done' || status === 'error') settle(reply);
  });
  const timer = setTimeout(() => fail(new Error(`no answer in ${overMs} ms`)), overMs);
  over
    .finally(() => {
      clearTimeout(timer);
      inbox.release();
    })
    .catch(() => undefined);
  const head = natsHeaders();
  head.set('Slipway-Deadline', String(Date.now() + deadlineMs));
  const subject = `${stageSubject(bus.node, 'executor', handler.name)}.${method}`;
  if (bus.keys.own) signCall({ subject, reply: inbox.subject, headers: head, payload }, bus.keys.own);
  bus.connection.publish(subject, payload, { headers: head, reply: inbox.subject });
  return {
    replies,
    over,
    cancel: () => bus.connection.publish(cancelSubject(bus.node, 'executor', handler.name), inbox.subject),
  };
}
