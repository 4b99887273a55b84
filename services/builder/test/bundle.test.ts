import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BuildInfraBundleRequest } from '@slipway/contracts';
import { bindMount, getXattr, isMountpoint, setXattr, unmount } from '@slipway/linux';
import type { OciSpec } from '@slipway/oci-spec';
import { buildBundle, buildInfraBundle, removeBundle, removeOldBundles } from '../src/index.js';
import { isRoot, Lab } from './lab.js';

const skip = isRoot ? false : 'needs root: it mounts';
const lab = new Lab();
const spec = (bundle: string | undefined): OciSpec =>
  JSON.parse(readFileSync(join(bundle ?? '', 'config.json'), 'utf8')) as OciSpec;
const bundles = (): string[] => (existsSync(lab.path('root/bundles')) ? readdirSync(lab.path('root/bundles')) : []);

test("a bundle shows the image's layers, topmost first, and takes writes of its own", { skip }, async () => {
  const lower = lab.layer({ 'bin/tool': 'old', 'etc/passwd': 'app:x:7:8::/:\n', 'srv/data': 'x' }, () => {});
  const upper = lab.layer({ 'bin/tool': 'new' }, () => {});
  const image = lab.image([lower, upper, lower], {
    User: 'app',
    Cmd: ['/bin/tool'],
    WorkingDir: '/made/here',
    StopSignal: 'SIGINT',
  });
  const request = lab.request(image);
  const response = await buildBundle(request, lab.context);
  const rootfs = join(response.bundle ?? '', 'rootfs');
  // The lower layer occurs again on top of the upper one.
  assert.equal(readFileSync(join(rootfs, 'bin/tool'), 'utf8'), 'old');
  writeFileSync(join(rootfs, 'bin/tool'), 'mine');
  assert.equal(readFileSync(join(lab.context.layers.path(lower), 'bin/tool'), 'utf8'), 'old');
  assert.ok(existsSync(join(rootfs, 'made/here')));
  assert.deepEqual(response.user?.linux, { uid: 7n, gid: 8n, supplementalGroups: [8n] });
  assert.equal(response.stopSignal, 'SIGINT');
  assert.deepEqual(response.layers, [lower, upper]);
  assert.equal(spec(response.bundle).root.path, rootfs);
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
  assert.deepEqual([lab.mounts(), bundles()], [[], []]);
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
});

test('a directory that a layer only implies looks as the layers below describe it', { skip }, async () => {
  const describe = (root: string): void => {
    for (const [path, mode] of [
      ['a', 0o750],
      ['a/b', 0o1777],
      ['gone', 0o700],
      ['hidden', 0o700],
    ] as const) {
      chmodSync(join(root, path), mode);
      chownSync(join(root, path), 11, 12);
    }
    setXattr(join(root, 'a/b'), 'user.note', 'kept');
    utimesSync(join(root, 'a/b'), 1000, 2000);
  };
  const below = { 'a/b/low': '', 'gone/x': '', 'hidden/x': '' };
  const lower = lab.layer(below, describe);
  const middle = lab.layer({ 'hidden/y': '' }, (root) => {
    setXattr(join(root, 'hidden'), 'trusted.overlay.opaque', 'y');
  });
  const upper = lab.layer({ 'a/b/high': '', 'gone/y': '', 'new/z': '' }, () => {});
  const top = lab.layer({ gone: undefined }, (root) => chmodSync(join(root, 'gone'), 0o711));
  lab.facts.set(middle, { opaqueRoot: false, impliedDirectories: ['hidden'] });
  lab.facts.set(upper, { opaqueRoot: false, impliedDirectories: ['a', 'a/b', 'gone', 'new'] });
  const image = lab.image([lower, middle, upper, top], { Cmd: ['/x'] });
  const mounts = [{ containerPath: '/vol', image: { image: 'vol' }, readonly: true }];
  const request = lab.request(image, { mounts }, { volumeImages: { vol: image } });
  const { bundle = '' } = await buildBundle(request, lab.context);
  for (const root of [
    join(bundle, 'rootfs'),
    spec(bundle).mounts.find((m) => m.destination === '/vol')?.source ?? '',
  ]) {
    const seen = (path: string): unknown[] => {
      const { mode, uid } = statSync(join(root, path));
      return [path, (mode & 0o7777).toString(8), uid];
    };
    assert.deepEqual(['a', 'a/b', 'gone', 'new', 'hidden'].map(seen), [
      ['a', '750', 11],
      ['a/b', '1777', 11],
      ['gone', '711', 0],
      ['new', '755', 0],
      ['hidden', '755', 0],
    ]);
    assert.deepEqual(readdirSync(join(root, 'a/b')), ['high', 'low']);
    assert.equal(getXattr(join(root, 'a/b'), 'user.note')?.toString(), 'kept');
    assert.equal(statSync(join(root, 'a/b')).mtimeMs, 2_000_000);
  }
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
});

test('layers below an opaque root are not seen', { skip }, async () => {
  const lower = lab.layer({ old: '', 'both/old': '' }, () => {});
  const opaque = lab.layer({ 'both/new': '' }, () => {});
  lab.facts.set(opaque, { opaqueRoot: true, impliedDirectories: [] });
  const request = lab.request(lab.image([lower, opaque, lab.layer({ more: '' }, () => {})], { Cmd: ['/x'] }));
  const { bundle = '' } = await buildBundle(request, lab.context);
  assert.deepEqual(readdirSync(join(bundle, 'rootfs')), ['both', 'more']);
  assert.deepEqual(readdirSync(join(bundle, 'rootfs/both')), ['new']);
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
});

test('an image without layers is an empty root', { skip }, async () => {
  const request = lab.request(lab.image([], { Cmd: ['/x'] }));
  const { bundle } = await buildBundle(request, lab.context);
  assert.ok(isMountpoint(join(bundle ?? '', 'rootfs')));
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
});

test('the same request is answered by the existing bundle, another one builds it again', { skip }, async () => {
  const image = lab.image([lab.layer({ f: '' }, () => {})], { Cmd: ['/x'] });
  const volume = lab.tree('volume');
  const request = lab.request(image, { mounts: [{ containerPath: '/v', hostPath: volume }] });
  const [first, second] = await Promise.all([buildBundle(request, lab.context), buildBundle(request, lab.context)]);
  assert.deepEqual(second, first);
  const rootfs = join(first.bundle ?? '', 'rootfs');
  writeFileSync(join(rootfs, 'written'), '');
  rmdirSync(volume);
  await buildBundle(request, lab.context);
  assert.ok(existsSync(join(rootfs, 'written')));
  assert.ok(!existsSync(volume), 'nothing on the host is touched for an existing bundle');
  if (request.container?.config) request.container.config.args = ['changed'];
  await buildBundle(request, lab.context);
  assert.ok(!existsSync(join(rootfs, 'written')));
  assert.equal(lab.mounts().length, 1);
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
});

test('an incomplete bundle is built again', { skip }, async () => {
  const request = lab.request(lab.image([lab.layer({ f: '' }, () => {})], { Cmd: ['/x'] }));
  const { bundle = '' } = await buildBundle(request, lab.context);
  writeFileSync(join(bundle, 'answer.json'), '{"requ');
  writeFileSync(join(bundle, 'rootfs/stale'), '');
  await buildBundle(request, lab.context);
  assert.ok(!existsSync(join(bundle, 'rootfs/stale')));
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
});

test('a build that fails leaves nothing, whatever it had done by then', { skip }, async () => {
  const image = lab.image([lab.layer({ file: '', 'sub/file': '' }, () => {})], { Cmd: ['/x'] });
  const mounts = [{ containerPath: '/v', image: { image: 'vol' }, imageSubPath: 'nowhere', readonly: true }];
  const volumeImages = { vol: image };
  const failing: [RegExp, Parameters<typeof lab.request>][] = [
    [/ working_dir:/, [image, { workingDir: '/file/x' }]],
    [/ mounts\[0\].host_path:/, [image, { mounts: [{ containerPath: '/v', hostPath: 'relative' }] }]],
    [/mounts\[0\]/, [image, { mounts }, { volumeImages }]],
    [/mounts\[0\].* not on this node/, [image, { mounts }]],
    [/run_as_username/, [image, { linux: { securityContext: { runAsUsername: 'ghost' } } }]],
    [/ devices\[0\].host_path:/, [image, { devices: [{ hostPath: '/etc/hostname' }] }]],
    [
      /localhost_ref: the profile cannot be read/,
      [image, { linux: { securityContext: { seccomp: { profileType: 2, localhostRef: '/none.json' } } } }],
    ],
    [/layer .* is not on this node/, [lab.image([`sha256:${'0'.repeat(64)}`], { Cmd: ['/x'] })]],
  ];
  for (const [message, args] of failing) {
    await assert.rejects(buildBundle(lab.request(...args), lab.context), message);
    assert.deepEqual([lab.mounts(), bundles()], [[], []], String(message));
  }
});

test('an id that is a path is refused', async () => {
  for (const id of ['', '..', '../x', 'a/b']) {
    await assert.rejects(removeBundle({ id }, lab.context), { code: 'INVALID_REQUEST' });
  }
});

test('host paths are resolved, and made where they are missing', { skip }, async () => {
  const target = lab.tree('volumes/real');
  symlinkSync(target, lab.path('volumes/link'));
  const missing = lab.path('volumes/new/deep');
  const request = lab.request(lab.image([], { Cmd: ['/x'] }), {
    mounts: [
      { containerPath: '/a', hostPath: lab.path('volumes/link') },
      { containerPath: '/b', hostPath: missing, readonly: true },
    ],
  });
  const { bundle, mounts } = await buildBundle(request, lab.context);
  const at = (path: string) => spec(bundle).mounts.find(({ destination }) => destination === path);
  assert.equal(at('/a')?.source, target);
  assert.equal(at('/b')?.source, missing);
  assert.ok(existsSync(missing));
  assert.deepEqual(mounts, request.container?.config?.mounts);
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
});

test('image volumes: a sub-path is found only within the image, and the digest is reported', { skip }, async () => {
  const outside = lab.tree('outside', { secret: 'x' });
  const diffID = lab.layer({ 'dir/inner/f': 'f', file: '' }, (root) => {
    symlinkSync('/dir/inner', join(root, 'link'));
    symlinkSync(outside, join(root, 'escape'));
  });
  const image = lab.image([diffID]);
  const build = async (imageSubPath: string) => {
    const request = lab.request(
      lab.image([], { Cmd: ['/x'] }),
      { mounts: [{ containerPath: '/v', image: { image: 'vol:1' }, imageSubPath, readonly: true }] },
      { volumeImages: { 'vol:1': image } },
    );
    try {
      return await buildBundle(request, lab.context);
    } finally {
      await removeBundle({ id: request.container?.id ?? '' }, lab.context);
    }
  };
  for (const path of ['escape', 'file', '../../../../..' + outside, 'none']) {
    await assert.rejects(build(path), { code: 'IMAGE_VOLUME' }, path);
  }
  const { mounts, layers } = await build('link');
  assert.equal(mounts?.[0]?.image?.imageRef, image.id);
  assert.deepEqual(layers, [diffID]);
  assert.deepEqual(lab.mounts(), []);
});

test('what contradicts an image volume is refused by its field', { skip }, async () => {
  const volume = lab.image([lab.layer({ f: '' }, () => {})]);
  const good = { containerPath: '/v', image: { image: 'vol' }, readonly: true };
  const refused = async (mount: object, field: string): Promise<void> => {
    const request = lab.request(volume, { command: ['/x'], mounts: [mount] }, { volumeImages: { vol: volume } });
    const message = new RegExp(`^mounts\\[0\\]\\.${field}: `);
    await assert.rejects(buildBundle(request, lab.context), { code: 'INVALID_REQUEST', message });
  };
  await refused({ ...good, readonly: false }, 'readonly');
  await refused({ ...good, hostPath: '/tmp' }, 'host_path');
  await refused({ ...good, propagation: 2 }, 'propagation');
  await refused({ containerPath: '/v', hostPath: lab.tree('plain'), imageSubPath: 'a' }, 'image_sub_path');
  assert.deepEqual([lab.mounts(), bundles()], [[], []]);
});

test('users are looked up within the rootfs, however hostile it is', { skip }, async () => {
  const victim = lab.tree('victim', { passwd: 'app:x:0:0::/:\n' });
  const hostile = lab.layer({ etc: undefined }, (root) =>
    symlinkSync(join(victim, 'passwd'), join(root, 'etc/passwd')),
  );
  await assert.rejects(buildBundle(lab.request(lab.image([hostile], { User: 'app', Cmd: ['/x'] })), lab.context), {
    code: 'IMAGE_INVALID',
  });
  const directory = lab.layer({ 'etc/passwd': undefined }, () => {});
  const request = lab.request(lab.image([directory], { User: '5', Cmd: ['/x'] }));
  assert.equal((await buildBundle(request, lab.context)).user?.linux?.uid, 5n);
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
});

test('removal never deletes through a mount that someone put into the bundle', { skip }, async () => {
  const precious = lab.tree('precious', { keep: 'me' });
  const request = lab.request(lab.image([], { Cmd: ['/x'] }));
  const { bundle = '' } = await buildBundle(request, lab.context);
  mkdirSync(join(bundle, 'upper/vol'));
  bindMount(precious, join(bundle, 'upper/vol'));
  await removeBundle({ id: request.container?.id ?? '' }, lab.context);
  assert.equal(readFileSync(join(precious, 'keep'), 'utf8'), 'me');
  assert.ok(!existsSync(bundle));
});

test('an infra bundle joins the namespaces at their places and holds only catatonit', { skip }, async () => {
  const sandbox = lab.sandbox({ linux: { cgroupParent: '/pod' } });
  const request = BuildInfraBundleRequest.create({ sandbox, handler: lab.handler({ kind: 'runsc' }) });
  const { bundle } = await buildInfraBundle(request, lab.context);
  const config = spec(bundle);
  const ns = lab.path(`state/sandboxes/${sandbox.id}/ns`);
  const namespaces = Object.fromEntries(config.linux.namespaces.map(({ type, path }) => [type, path]));
  assert.deepEqual(namespaces, {
    mount: undefined,
    pid: undefined,
    network: `${ns}/net`,
    ipc: `${ns}/ipc`,
    uts: `${ns}/uts`,
  });
  assert.deepEqual(readdirSync(config.root.path).sort(), ['catatonit', 'dev', 'proc']);
  assert.equal(config.linux.cgroupsPath, `/pod/${sandbox.id}`);
  assert.equal(config.annotations?.['io.kubernetes.cri.container-type'], 'sandbox');
  assert.deepEqual(await buildInfraBundle(request, lab.context), { bundle });
  await removeBundle({ id: sandbox.id }, lab.context);
  assert.ok(!existsSync(bundle ?? ''));
  assert.ok(existsSync(config.root.path), 'the root is shared by all infra containers');
  rmSync(config.root.path, { recursive: true });
});

test('bundles of before a restart of the node are removed, and those of this one stay', { skip }, async () => {
  const signal = new AbortController().signal;
  const old = (await buildBundle(lab.request(lab.image([], { Cmd: ['/x'] })), lab.context)).bundle ?? '';
  await removeOldBundles(lab.context, signal);
  assert.ok(isMountpoint(join(old, 'rootfs')), 'a container may live in it');
  writeFileSync(join(old, 'upper/written'), 'by the container');
  // As after a restart: the mount is gone, what lies on disk is not, and the kernel has another id.
  unmount(join(old, 'rootfs'));
  await removeOldBundles(lab.context, signal, '0'.repeat(32));
  assert.ok(!existsSync(old));
});
