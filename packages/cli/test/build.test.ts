import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { OciSpec } from '@slipway/oci-spec';
import { buildBusyboxImage, criClient, nodeLeftovers, startNode, startRegistry } from '@slipway/testbed';

const main = join(dirname(fileURLToPath(import.meta.url)), '../src/main.js');
const dir = mkdtempSync(join(tmpdir(), 'slipway-build-'));
after(() => rmSync(dir, { recursive: true }));

function file(name: string, content: object): string {
  const path = join(dir, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

function run(program: string, args: string[]) {
  const options = { encoding: 'utf8', env: { PATH: process.env['PATH'] }, timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { status, stdout, stderr };
}

const slipway = (...args: string[]) => run(process.execPath, [main, 'build', ...args]);
const pod = file('pod.json', {
  metadata: { name: 'web', namespace: 'default', uid: 'u' },
  hostname: 'web',
  linux: { security_context: { namespace_options: { pid: 'CONTAINER' } } },
});

test('--spec-only prints config.json from files as crictl takes them', () => {
  const container = file('ctr.json', {
    metadata: { name: 'main' },
    command: ['/bin/serve'],
    envs: [{ key: 'A', value: 'b' }],
    mounts: [{ container_path: '/data', host_path: '/srv', readonly: true, propagation: 0 }],
    linux: {
      resources: { memory_limit_in_bytes: 1048576, oom_score_adj: '7' },
      security_context: {
        run_as_user: { value: 1000 },
        supplemental_groups: [5],
        supplemental_groups_policy: 'Strict',
        capabilities: { drop_capabilities: ['ALL'] },
      },
    },
  });
  const image = file('image.json', { config: { Env: ['FROM=image'], WorkingDir: '/w' } });
  const words = ['--config', pod, '--container', container, '--image-config', image, '--spec-only'];
  const { status, stdout, stderr } = slipway(...words);
  assert.equal(status, 0, stderr);
  const spec = JSON.parse(stdout) as OciSpec;
  assert.deepEqual(spec.process.args, ['/bin/serve']);
  assert.deepEqual(spec.process.env.slice(-2), ['FROM=image', 'A=b']);
  assert.deepEqual(spec.process.user, { uid: 1000, gid: 0, additionalGids: [0, 5] });
  assert.deepEqual([spec.process.cwd, spec.process.oomScoreAdj, spec.hostname], ['/w', 7, 'web']);
  assert.deepEqual(spec.process.capabilities.bounding, []);
  assert.equal(spec.linux.resources.memory?.limit, 1048576);
  assert.ok(spec.mounts.some(({ destination, source }) => destination === '/data' && source === '/srv'));
  // Nothing is there to be joined.
  assert.deepEqual(
    spec.linux.namespaces.filter(({ path }) => path !== undefined),
    [],
  );
  const kinds = spec.linux.namespaces.map(({ type }) => type).filter((type) => type !== 'cgroup');
  assert.deepEqual(kinds, ['mount', 'network', 'ipc', 'uts', 'pid']);
});

test('what a file holds wrongly is named', () => {
  const refused = (container: object, message: RegExp) => {
    const words = ['--config', pod, '--container', file('wrong.json', container), '--spec-only', '--json'];
    const { status, stderr } = slipway(...words);
    assert.equal(status, 1);
    assert.match((JSON.parse(stderr) as { msg: string }).msg, message);
  };
  refused({ comand: ['x'] }, /wrong\.json: comand: there is no such field/);
  refused({ linux: { resources: { cpu_shares: 1.5 } } }, /linux: resources: cpu_shares: it is not a whole number/);
  refused({ mounts: [{ propagation: 'SOMEHOW' }] }, /mounts\[0\]: propagation: it is not one of PROPAGATION_PRIVATE/);
  refused({ command: ['x'], devices: [{ host_path: '/dev/null' }] }, /^devices: it has to be looked up on a node/);
  refused({ command: ['x'], linux: { security_context: { run_as_group: { value: 1 } } } }, /run_as_group/);
  const { stderr } = slipway('--pod', pod, '--container', pod, '-o', dir);
  assert.match(stderr, /there is no such field|is there already/);
});

test('a bundle of a node is started by an OCI runtime and removed', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async () => {
  const registry = await startRegistry();
  const { reference: image } = await buildBusyboxImage({ registry });
  const node = await startNode();
  const cri = criClient(node.socket);
  try {
    await cri.pullImage({ image: { image } });
    const command = ['sh', '-c', 'hostname; id -u; ls /sys/class/net; echo $A'];
    const container = file('run.json', { command, envs: [{ key: 'A', value: 'works' }] });
    const bundle = join(dir, 'bundle');
    const settings = ['--root', node.root, '--state', node.state];
    const words = ['--config', pod, '--container', container, '--image', image, '--handler', 'runc', '-o', bundle];
    const built = slipway(...words, ...settings);
    assert.equal(built.status, 0, built.stderr);
    // The same, as root of a user namespace: files of the image are its own there, and nobody's root outside.
    const mapping = [{ host_id: 200_000, container_id: 0, length: 65_536 }];
    const userns_options = { mode: 'POD', uids: mapping, gids: mapping };
    const mapped = file('mapped-pod.json', {
      metadata: { name: 'mapped', namespace: 'default', uid: 'm' },
      linux: { security_context: { namespace_options: { pid: 'CONTAINER', userns_options } } },
    });
    const look = file('look.json', {
      command: ['sh', '-c', 'cat /proc/self/uid_map; stat -c %u /bin/sh; touch /made'],
    });
    const inUserns = join(dir, 'mapped');
    const args = ['--config', mapped, '--container', look, '--image', image, '--handler', 'runc', '-o', inUserns];
    const made = slipway(...args, ...settings);
    assert.equal(made.status, 0, made.stderr);
    const name = `slipway-mapped-${process.pid}`;
    const outcome = run('runc', ['--root', join(dir, 'runc'), 'run', '--bundle', inUserns, name]);
    assert.equal(outcome.stdout.replace(/ +/g, ' '), ' 0 200000 65536\n0\n', outcome.stderr);
    const { root } = JSON.parse(readFileSync(join(inUserns, 'config.json'), 'utf8')) as OciSpec;
    assert.equal(statSync(join(root.path, 'made')).uid, 200_000, 'root inside is nobody outside');
    assert.equal(run(process.execPath, [main, 'unbuild', inUserns, ...settings]).status, 0);
    assert.ok(!existsSync(inUserns));

    const ran = run('runc', ['--root', join(dir, 'runc'), 'run', '--bundle', bundle, `slipway-build-${process.pid}`]);
    assert.equal(ran.stdout, 'web\n0\nlo\nworks\n', ran.stderr);
    const removed = run(process.execPath, [main, 'unbuild', bundle, ...settings]);
    assert.equal(removed.status, 0, removed.stderr);
    assert.ok(!existsSync(bundle));
  } finally {
    cri.close();
    await node.stop();
    await registry.stop();
  }
  assert.deepEqual(nodeLeftovers(node.place), []);
});
