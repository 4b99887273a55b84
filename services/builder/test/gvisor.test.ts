import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildInfraBundleRequest } from '@slipway/contracts';
import { NamespaceMode } from '@slipway/cri';
import { buildBundle, buildInfraBundle, removeBundle } from '../src/index.js';
import { cannotRun, Lab, sh } from './lab.js';

const runsc = '/usr/bin/runsc';
const skip = cannotRun() || (existsSync(runsc) ? false : 'needs runsc');
const lab = new Lab();

function call(...args: string[]): void {
  // The sandbox keeps what it is given as output: a pipe would never end.
  const errors = openSync(lab.path('errors'), 'w');
  const result = spawnSync(runsc, ['--root', lab.path('runsc'), '--platform=ptrace', '--network=host', ...args], {
    stdio: ['ignore', 'ignore', errors],
    timeout: 30_000,
  });
  closeSync(errors);
  assert.equal(result.status, 0, `runsc ${args[0]}: ${readFileSync(lab.path('errors'), 'utf8')}`);
}

test('gVisor: the infra bundle is the sandbox, and a container joins it', { skip }, async () => {
  const handler = lab.handler({ name: 'runsc', kind: 'runsc', seccomp: false, sandboxIsContainer: true });
  const sandbox = lab.sandbox({ hostname: 'inside', linux: {} });
  sandbox.namespaces = lab.pin(sandbox.directory, ['net', 'ipc', 'uts']);
  const infra = await buildInfraBundle(BuildInfraBundleRequest.create({ sandbox, handler }), lab.context);
  const options = { namespaceOptions: { pid: NamespaceMode.CONTAINER } };
  const image = lab.image([lab.busyboxLayer()]);
  const config = { ...sh('hostname; id -u; dmesg 2>/dev/null | head -1; cat /proc/version; pwd'), workingDir: '/srv' };
  const request = lab.request(
    image,
    { ...config, linux: { securityContext: { ...options, runAsUser: { value: 12n }, seccomp: { profileType: 0 } } } },
    { sandbox, handler },
  );
  const id = request.container?.id ?? '';
  const { bundle = '' } = await buildBundle(request, lab.context);
  try {
    call('create', '--bundle', infra.bundle ?? '', sandbox.id);
    call('start', sandbox.id);
    call('create', '--bundle', bundle, id);
    // A joined container's output is what `start` was given.
    const out = openSync(lab.path('out'), 'w');
    const args = ['--root', lab.path('runsc'), '--platform=ptrace', '--network=host', 'start', id];
    assert.equal(spawnSync(runsc, args, { stdio: ['ignore', out, out], timeout: 30_000 }).status, 0);
    closeSync(out);
    const read = (): string => readFileSync(lab.path('out'), 'utf8');
    for (let tries = 0; tries < 100 && !read().includes('/srv'); tries++) await sleep(50);
    assert.match(read(), /^inside\n12\n/);
    assert.match(read(), /\/srv\n$/);
  } finally {
    for (const one of [id, sandbox.id]) {
      spawnSync(runsc, ['--root', lab.path('runsc'), '--platform=ptrace', 'delete', '--force', one], {
        timeout: 30_000,
      });
    }
    await removeBundle({ id }, lab.context);
    await removeBundle({ id: sandbox.id }, lab.context);
  }
});
