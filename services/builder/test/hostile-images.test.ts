import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildBundle } from '../src/index.js';
import { cannotRun, isRoot, Lab, sh, type Tree } from './lab.js';

// Images whose root file system would lead a runtime, or the builder, out of it or to no end.

const skip = isRoot ? false : 'needs root: it mounts';
const lab = new Lab();

/** Builds a container of an image with a layer of its own on top; nothing of a refused one may stay. */
async function build(fill: (root: string) => void, config: object = {}, files: Tree = {}): Promise<string> {
  const image = lab.image([lab.busyboxLayer(files), lab.layer({}, fill)], config);
  const request = lab.request(image, { command: ['true'] });
  try {
    return (await buildBundle(request, lab.context)).bundle ?? '';
  } catch (error) {
    const id = request.container?.id ?? '';
    assert.equal(existsSync(join(lab.context.settings.root, 'bundles', id)), false, 'a refused bundle is left');
    throw error;
  }
}

for (const name of ['dev', 'proc', 'sys']) {
  // As runc since 1.2 refuses links at /proc and /sys: "must be mounted on ordinary directory".
  test(`an image whose /${name} is a link is refused, and nothing happens where it leads`, { skip }, async () => {
    const host = lab.tree(`host-${name}`, { ptmx: 'the host has this' });
    await assert.rejects(
      build((root) => symlinkSync(host, join(root, name))),
      { code: 'IMAGE_INVALID', message: new RegExp(`/${name} is a symbolic link, not an ordinary directory`) },
    );
    assert.deepEqual(readdirSync(host), ['ptmx']);
    await assert.rejects(
      build((root) => writeFileSync(join(root, name), '')),
      { code: 'IMAGE_INVALID' },
    );
  });
}

test('an image whose accounts cannot be read to an end is refused immediately', { skip }, async () => {
  const cases: [string, (path: string) => void][] = [
    ['a FIFO', (path) => execFileSync('mkfifo', [path])],
    ['a device', (path) => execFileSync('mknod', [path, 'c', '1', '5'])],
    ['a link to /dev/zero', (path) => symlinkSync('/dev/zero', path)],
    ['a link to /proc/self/fd/0', (path) => symlinkSync('../proc/self/fd/0', path)],
  ];
  for (const file of ['etc/passwd', 'etc/group']) {
    for (const [what, make] of cases) {
      const files = { [file]: undefined };
      const fill = (root: string): void => {
        lab.tree(root.slice(lab.directory.length + 1), { etc: undefined });
        make(join(root, file));
      };
      await assert.rejects(build(fill, {}, { ...files, 'etc/passwd.d/x': '' }), {
        code: 'IMAGE_INVALID',
        message: `the image's /${file} is ${what}, not a regular file`,
      });
    }
  }
  const large = 'g:x:1:root\n'.repeat(100_000);
  await assert.rejects(
    build((root) => void lab.tree(root.slice(lab.directory.length + 1), { 'etc/group': large })),
    { code: 'IMAGE_INVALID', message: "the image's /etc/group has more than 1048576 bytes" },
  );
  // A link within the image is no harm, nor is one that leads nowhere.
  await build((root) => {
    lab.tree(root.slice(lab.directory.length + 1), { 'etc/real': 'root:x:0:0::/root:/bin/sh\n' });
    symlinkSync('real', join(root, 'etc/passwd'));
    symlinkSync('/no/where', join(root, 'etc/group'));
  });
});

test('a working directory that no path can name is refused, and nothing of it stays', { skip }, async () => {
  const fill = (): void => undefined;
  const error = {
    code: 'INVALID_REQUEST',
    message: /^working_dir: it has 4\d\d\d\d\d bytes; a path has 4095 at most$/,
  };
  await assert.rejects(build(fill, { WorkingDir: `/${'w'.repeat(400_000)}` }), error);
  await assert.rejects(build(fill, { WorkingDir: '/w'.repeat(200_000) }), error);
  await assert.rejects(build(fill, { WorkingDir: `/${'w'.repeat(300)}` }), { code: 'INVALID_REQUEST' });
  await assert.rejects(build(fill, { Volumes: { [`/${'v/'.repeat(100_000)}`]: {} } }), { code: 'INVALID_REQUEST' });
  await assert.rejects(build(fill, { WorkingDir: '/proc/self/fd/7' }), { code: 'INVALID_REQUEST' });
});

for (const runtime of ['runc', 'crun']) {
  test(`${runtime}: FIFOs where the pod's files go do not hold a container up`, {
    skip: cannotRun(runtime),
  }, async () => {
    const layer = lab.layer({ etc: undefined }, (root) => {
      for (const name of ['resolv.conf', 'hostname', 'hosts']) execFileSync('mkfifo', [join(root, 'etc', name)]);
    });
    const sandbox = lab.sandbox();
    for (const name of ['resolv.conf', 'hostname']) writeFileSync(join(sandbox.directory, name), `${name}\n`);
    const { output } = await lab.run(
      lab.image([lab.busyboxLayer(), layer]),
      sh('cat /etc/resolv.conf /etc/hostname', 'echo $HOME'),
      { sandbox, handler: lab.handler({ name: runtime, kind: runtime }) },
      runtime,
    );
    assert.equal(output, 'resolv.conf\nhostname\n/root');
  });
}
