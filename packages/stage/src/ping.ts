import type { Bus } from './bus.js';

/**
 * Whether an instance of a stage answers, by the micro service's own PING subject:
 * no work is done for it, and none of its queues is waited for.
 */
export function pingStage(bus: Bus, stage: string, handler?: string, timeoutMs = 5000): Promise<boolean> {
  const name = ['slipway', stage, handler].filter(Boolean).join('-');
  return new Promise<boolean>((resolve) => {
    const answer = (found: boolean): void => {
      clearTimeout(timer);
      replies.release();
      resolve(found);
    };
    const timer = setTimeout(() => answer(false), timeoutMs);
    const replies = bus.expectReplies(stage, (message) => {
      if (message.headers?.code === 503) answer(false);
      else if (message.json<{ metadata?: Record<string, string> }>().metadata?.['node'] === bus.node) answer(true);
    });
    bus.connection.publish(`$SRV.PING.${name}`, undefined, { reply: replies.subject });
  });
}
