import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PullProgress, SpanEvent } from '@slipway/contracts';
import { connect, nkeyAuthenticator } from 'nats';
import type { TestNode } from './node.js';

export interface EventWatch {
  readonly spans: SpanEvent[];
  onSpan(listener: (span: SpanEvent) => void): void;
  onPull(listener: (progress: PullProgress) => void): void;
  close(): Promise<void>;
}

/** Listens, with the operator's key, to what a node's stages tell. */
export async function watchEvents(node: Pick<TestNode, 'natsUrl' | 'state' | 'settings'>): Promise<EventWatch> {
  const seed = readFileSync(join(node.state, 'keys/operator.nk'), 'ascii').trim();
  const connection = await connect({
    servers: node.natsUrl(),
    authenticator: nkeyAuthenticator(Buffer.from(seed)),
    inboxPrefix: '_INBOX_operator',
    name: 'watch',
  });
  const spans: SpanEvent[] = [];
  const spanListeners: ((span: SpanEvent) => void)[] = [];
  const pullListeners: ((progress: PullProgress) => void)[] = [];
  const events = `slipway.${node.settings.node}.events`;
  connection.subscribe(`${events}.span`, {
    callback: (error, message) => {
      if (error) return;
      const span = SpanEvent.decode(message.data);
      spans.push(span);
      for (const listener of spanListeners) listener(span);
    },
  });
  connection.subscribe(`${events}.pull`, {
    callback: (error, message) => {
      if (error) return;
      const progress = PullProgress.decode(message.data);
      for (const listener of pullListeners) listener(progress);
    },
  });
  await connection.flush();
  return {
    spans,
    onSpan: (listener) => void spanListeners.push(listener),
    onPull: (listener) => void pullListeners.push(listener),
    close: () => connection.close(),
  };
}
