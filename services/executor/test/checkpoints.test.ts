import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deadlineIn, Limit } from '@slipway/time';
import { checkpointProblem } from '../src/probe/checkpoints.js';
import { OciRuntime } from '../src/runtime/oci-runtime.js';
import { skip } from './harness.js';
import { SandboxHarness } from './sandbox-harness.js';

test('the obstacle to checkpoints is named', { skip }, async (t) => {
  using limit = new Limit({ ms: 20_000 });
  const limits = { deadline: deadlineIn(20_000), signal: limit.signal };
  const harness = await SandboxHarness.open(t, 'runc');
  const { runtime } = await harness.instance();
  const criu = join(harness.dir, 'criu');
  const problem = (): Promise<string> => checkpointProblem(runtime, limits, criu);
  assert.match(await problem(), /criu is not installed/);
  const program = (script: string): void => {
    writeFileSync(criu, `#!/bin/sh\n${script}\n`);
    chmodSync(criu, 0o755);
  };
  program('echo "Error (criu/vdso.c:381): vdso: Unexpected bounds" >&2; exit 1');
  assert.match(await problem(), /`criu check` fails on this host: Error \(criu\/vdso\.c:381\)/);
  program('[ "$1" = check ]');
  assert.match(await problem(), /CRIU works, but/);
  const other = new OciRuntime({ kind: 'crun', path: '/bin/echo', root: harness.dir });
  assert.match(await checkpointProblem(other, limits, criu), /\/bin\/echo was built without CRIU/);
});
