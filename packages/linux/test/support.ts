import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { unmountBelow } from '../src/index.js';

/** Why tests that mount are skipped, or false. */
export const needsRoot = process.getuid?.() === 0 ? false : 'needs root';

/** A directory of the test's own, under `base`; gone, with all mounts in it, when the test ends. */
export function temporaryDirectory(t: TestContext, base = '/tmp'): string {
  const path = mkdtempSync(join(base, 'slipway-linux-test-'));
  t.after(() => {
    if (!needsRoot) unmountBelow(path);
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}
