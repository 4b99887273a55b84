import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Mount } from '@slipway/cri';
import { getXattr } from '@slipway/linux';
import type { ResolvedMount } from '@slipway/oci-spec';
import { relabelMounts } from '../src/host/selinux.js';
import { isRoot, Lab } from './lab.js';

const skip = isRoot ? false : 'needs root: it sets labels';
const lab = new Lab();
const label = 'system_u:object_r:container_file_t:s0:c1,c2';
const labelOf = (path: string): string | undefined =>
  getXattr(path, 'security.selinux', { nofollow: true })?.toString().replace('\0', '');

function resolved(index: number, source: string): ResolvedMount {
  const field = `mounts[${index}]`;
  return { field, containerPath: '/m', source, readonly: false, recursiveReadOnly: false, propagation: 0 };
}

test('what asks to be relabelled is, with all that is in it and nothing that it links to', { skip }, async () => {
  const asked = lab.tree('asked', { 'deep/file': '' });
  const other = lab.tree('other', { file: '' });
  const hosts = join(lab.tree('pod', { hosts: '' }), 'hosts');
  symlinkSync(join(other, 'file'), join(asked, 'link'));
  const mounts = [{ containerPath: '/a', selinuxRelabel: true }, { containerPath: '/b' }].map((m) => Mount.create(m));
  await relabelMounts(label, mounts, [resolved(0, asked), resolved(1, other)], { hosts });
  for (const path of [asked, join(asked, 'deep'), join(asked, 'deep/file'), join(asked, 'link'), hosts])
    assert.equal(labelOf(path), label, path);
  assert.notEqual(labelOf(join(other, 'file')), label);
});

test("the host's own directories are never relabelled", { skip }, async () => {
  const mounts = [Mount.create({ containerPath: '/a', selinuxRelabel: true })];
  await assert.rejects(relabelMounts(label, mounts, [resolved(0, '/usr')], {}), {
    code: 'INVALID_REQUEST',
    message: /^mounts\[0\]\.selinux_relabel: \/usr/,
  });
});
