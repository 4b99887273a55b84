import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilitiesOf, runtimeKinds } from '../src/index.js';

test('every kind has its own capabilities', () => {
  assert.deepEqual(runtimeKinds, ['runc', 'crun', 'runsc', 'null']);
  const shown = runtimeKinds.map((kind) => JSON.stringify(capabilitiesOf(kind)));
  assert.equal(new Set(shown).size, runtimeKinds.length);
});

test('a kind of a foreign executor is a plain OCI runtime on the host, whatever its name', () => {
  for (const kind of ['youki', '', 'constructor', '__proto__']) {
    const { title, hostKernel, hostProcesses, sandboxIsContainer, unifiedResources } = capabilitiesOf(kind);
    assert.deepEqual(
      { title, hostKernel, hostProcesses, sandboxIsContainer, unifiedResources },
      { title: kind, hostKernel: true, hostProcesses: true, sandboxIsContainer: false, unifiedResources: true },
    );
  }
});
