import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { podLeftovers, type TestNode } from '@slipway/testbed';

/**
 * Waits until no pod has left anything on a node but what is named in `footprint`; what failed steps left is undone in the
 * background. Fails with what is left after a minute: locks and operations of a killed process end after ten seconds, and
 * a process that was killed again and again is started again after ten.
 */
export async function nothingLeft(node: TestNode, footprint: readonly string[] = []): Promise<void> {
  const end = performance.now() + 60_000;
  for (;;) {
    const left = podLeftovers(node).filter((line) => !footprint.includes(line));
    if (left.length === 0) return;
    if (performance.now() > end) assert.deepEqual(left, [], 'pods left something behind');
    await sleep(100);
  }
}
