import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { cannotRun, Lab, sh } from './lab.js';

const skip = cannotRun();
const lab = new Lab();
const image = skip ? lab.image([]) : lab.image([lab.busyboxLayer()]);

function writeSpec(directory: string, name: string, spec: object | string): void {
  const text = typeof spec === 'string' ? spec : JSON.stringify({ cdiVersion: '0.6.0', ...spec });
  writeFileSync(`${lab.tree(directory)}/${name}`, text);
}

function device(name: string, env: string, more: object = {}): object {
  return { name, containerEdits: { env: [env], ...more } };
}

test('CDI devices are added by field and by annotation, with all that their spec says', { skip }, async () => {
  const shared = lab.tree('cdi-files', { file: 'from cdi' });
  writeSpec('cdi-low', 'a.json', {
    kind: 'example.com/gpu',
    containerEdits: { env: ['ALL=1'], mounts: [{ hostPath: shared, containerPath: '/opt/gpu' }] },
    devices: [
      device('zero', 'ZERO=0', { deviceNodes: [{ path: '/dev/gpu0', hostPath: '/dev/zero', fileMode: 0o640 }] }),
      device('one', 'ONE=1', {
        hooks: [{ hookName: 'createRuntime', path: '/bin/sh', args: ['sh', '-c', `echo ran > ${shared}/hook`] }],
        additionalGids: [4242],
      }),
    ],
  });
  const { output } = await lab.run(image, {
    ...sh('echo $ALL $ZERO $ONE; stat -c "%a %t:%T" /dev/gpu0; cat /opt/gpu/file /opt/gpu/hook; id; touch /opt/gpu/x'),
    envs: [{ key: 'ZERO', value: Buffer.from('mine') }],
    CDIDevices: [{ name: 'example.com/gpu=zero' }],
    annotations: { 'cdi.k8s.io/plugin': 'example.com/gpu=one,example.com/gpu=zero' },
  });
  assert.match(output, /^1 0 1\n640 1:5\nfrom cdi/);
  assert.match(output, /ran/);
  assert.match(output, /4242/);
  assert.match(output, /Read-only file system/);
});

test('a spec in YAML counts like one in JSON', { skip }, async () => {
  writeSpec(
    'cdi-low',
    'disk.yaml',
    [
      'cdiVersion: "0.6.0"',
      'kind: example.com/disk',
      'devices:',
      '  - name: "0"',
      '    containerEdits:',
      '      env: [DISK=yes]',
      '      deviceNodes:',
      '        - {path: /dev/disk0, hostPath: /dev/zero, fileMode: 0640}',
    ].join('\n'),
  );
  const { output } = await lab.run(image, {
    ...sh('echo $DISK; stat -c %a /dev/disk0'),
    CDIDevices: [{ name: 'example.com/disk=0' }],
  });
  assert.equal(output, 'yes\n640');
});

test('a later directory wins, a changed spec is read again, a bad one harms no other', { skip }, async () => {
  const ask = async (): Promise<string> =>
    (await lab.run(image, { ...sh('echo $WHO'), CDIDevices: [{ name: 'example.com/net=x' }] })).output;
  writeSpec('cdi-low', 'net.json', { kind: 'example.com/net', devices: [device('x', 'WHO=low')] });
  writeSpec('cdi-low', 'broken.json', '{');
  assert.equal(await ask(), 'low');
  writeSpec('cdi-high', 'net.json', { kind: 'example.com/net', devices: [device('x', 'WHO=high')] });
  assert.equal(await ask(), 'high');
  writeSpec('cdi-high', 'net.json', { kind: 'example.com/net', devices: [device('x', 'WHO=changed')] });
  assert.equal(await ask(), 'changed');
  writeSpec('cdi-high', 'twin.json', { kind: 'example.com/net', devices: [device('x', 'WHO=twin')] });
  await assert.rejects(ask(), /CDI_devices\[0\]: example.com\/net=x is in several specs/);
});

test('an unknown device and a malformed name are refused by field, and the bad spec is named', { skip }, async () => {
  const ask = (name: string) => lab.run(image, { ...sh('true'), CDIDevices: [{ name }] });
  await assert.rejects(ask('example.com/net=none'), /CDI_devices\[0\]: no CDI spec on this host has .*broken\.json/);
  await assert.rejects(ask('gpu0'), { code: 'INVALID_REQUEST' });
});
