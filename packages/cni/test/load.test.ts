import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { type NetworkState, watchNetwork } from '../src/index.js';
import { loadNetwork } from '../src/list/load.js';
import { answers, scripted } from './scripted.js';

const fails =
  (code: string, ...parts: (string | RegExp)[]) =>
  (error: unknown) => {
    assert.ok(isSlipwayError(error), String(error));
    assert.equal(error.code, code);
    for (const part of parts)
      assert.match(
        error.message,
        part instanceof RegExp ? part : new RegExp(part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
      );
    return true;
  };

test('the first file in lexical order is the network, whatever its ending', async (t) => {
  const { dir, plugin } = await scripted(t);
  await plugin('one', answers);
  const confDir = join(dir, 'net.d');
  await mkdir(confDir);
  await writeFile(join(confDir, '00-readme.txt'), 'not a configuration');
  await writeFile(join(confDir, '20-list.conflist'), conflist('second'));
  await writeFile(
    join(confDir, '10-single.conf'),
    JSON.stringify({
      cniVersion: '0.3.1',
      name: 'first',
      type: 'one',
      capabilities: { portMappings: true, mac: false },
    }),
  );
  const list = await loadNetwork({ confDir, binDirs: [dir] });
  assert.equal(list.name, 'first');
  assert.equal(list.cniVersion, '0.3.1');
  assert.deepEqual(
    list.plugins.map((one) => one.type),
    ['one'],
  );
  assert.deepEqual([...list.capabilities()], ['portMappings']);
  assert.equal((await loadNetwork({ confDir, binDirs: [dir], name: 'second' })).name, 'second');
  await assert.rejects(
    loadNetwork({ confDir, binDirs: [dir], name: 'third' }),
    fails('NETWORK_NOT_CONFIGURED', 'third'),
  );
});

test('an empty or absent directory is named', async (t) => {
  const { dir } = await scripted(t);
  const confDir = join(dir, 'net.d');
  await assert.rejects(loadNetwork({ confDir }), fails('NETWORK_NOT_CONFIGURED', confDir));
  await mkdir(confDir);
  await assert.rejects(loadNetwork({ confDir }), fails('NETWORK_NOT_CONFIGURED', confDir));
});

test('a file that is not JSON is refused with its line and column', async (t) => {
  const { dir } = await scripted(t);
  const file = join(dir, '10-broken.conflist');
  const cases: [string, string][] = [
    ['{\n  "name": "x",\n  "plugins": [ { "type": "a" }, ]\n}\n', '3:33'],
    ['{\n  "name": "x"\n  "plugins": []\n}\n', '3:3'],
    ['{ "name": "x", }', '1:16'],
    ['{ "name": "x" ', '1:15'],
    ['', '1:1'],
    ['{ "name": x }', '1:11'],
    ['{ "a": [1, 2} }', '1:13'],
    ['{ "a": 01 }', '1:8'],
    ['{}\n{}', '2:1'],
  ];
  for (const [text, position] of cases) {
    await writeFile(file, text);
    await assert.rejects(loadNetwork({ confDir: dir }), fails('INVALID_CONFIG', `${file}:${position}:`));
  }
});

test('a configuration that no plugin could be run with is refused with its field', async (t) => {
  const { dir } = await scripted(t);
  const file = join(dir, '10-x.conflist');
  const cases: [unknown, string][] = [
    [{ cniVersion: '1.0.0', name: 'x', plugins: [] }, 'plugins'],
    [{ cniVersion: '1.0.0', name: '../x', plugins: [{ type: 'a' }] }, 'name'],
    [{ cniVersion: '1.0.0', name: 'x', plugins: [{ type: '../../bin/sh' }] }, 'plugins[0].type'],
    [{ cniVersion: '1.0.0', name: 'x', plugins: [{ type: 'a', ipam: { type: '/bin/sh' } }] }, 'plugins[0].ipam.type'],
    [{ cniVersion: '0.1.0', name: 'x', plugins: [{ type: 'a' }] }, 'cniVersion'],
    [{ name: 'x', plugins: [{ type: 'a' }] }, 'cniVersion'],
    [[], 'object'],
  ];
  for (const [value, field] of cases) {
    await writeFile(file, JSON.stringify(value));
    await assert.rejects(loadNetwork({ confDir: dir }), fails('INVALID_CONFIG', file, field));
  }
});

test('a plugin that is not installed is named with the directories', async (t) => {
  const { dir, plugin } = await scripted(t);
  await plugin('one', answers);
  const conf = { cniVersion: '1.0.0', name: 'x', plugins: [{ type: 'one', ipam: { type: 'absent-ipam' } }] };
  await writeFile(join(dir, '10-x.conflist'), JSON.stringify(conf));
  await assert.rejects(
    loadNetwork({ confDir: dir, binDirs: ['/nonexistent', dir] }),
    fails('NETWORK_NOT_CONFIGURED', 'absent-ipam', `/nonexistent, ${dir}`),
  );
});

test('a watch follows the directory from absent to ready, broken and replaced', async (t) => {
  const { dir, plugin } = await scripted(t);
  await plugin('one', answers);
  const confDir = join(dir, 'net.d');
  const states: NetworkState[] = [];
  let wake: (() => void) | undefined;
  const watch = await watchNetwork({ confDir, binDirs: [dir] }, (state) => {
    states.push(state);
    wake?.();
  });
  t.after(() => watch.close());
  // The watch's own timers do not keep a process alive.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  const until = async (done: (state: NetworkState) => boolean) => {
    while (!done(watch.state)) await new Promise<void>((resolve) => (wake = resolve));
  };

  assert.equal(watch.state.error?.code, 'NETWORK_NOT_CONFIGURED');
  await mkdir(confDir);
  await writeFile(join(confDir, '10-x.conflist'), conflist('first'));
  await until((state) => state.list?.name === 'first');
  await writeFile(join(confDir, '10-x.conflist'), '{');
  await until((state) => state.error?.code === 'INVALID_CONFIG');
  await writeFile(join(confDir, '10-x.conflist'), conflist('second'));
  await until((state) => state.list?.name === 'second');
  // Only changes are reported: no state follows an equal one.
  for (const [index, state] of states.entries()) {
    if (index > 0) assert.notDeepEqual(state, states[index - 1]);
  }
});

function conflist(name: string): string {
  return JSON.stringify({ cniVersion: '1.0.0', name, plugins: [{ type: 'one' }] });
}
