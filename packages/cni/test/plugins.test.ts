import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSlipwayError, type SlipwayError } from '@slipway/errors';
import { deadlineIn } from '@slipway/time';
import { type AttachOptions, attach, cached, detach } from '../src/index.js';
import { check } from '../src/check.js';
import { PluginError } from '../src/plugin/plugin-error.js';
import { parseList } from '../src/list/load.js';
import { address, answers, scripted } from './scripted.js';

const netns = '/proc/self/ns/net';
const base = (cacheDir: string): AttachOptions => ({ containerId: 'c1', netns, cacheDir });

async function failure(promise: Promise<unknown>): Promise<SlipwayError> {
  const error = await promise.then(
    () => assert.fail('did not fail'),
    (error: unknown) => error,
  );
  assert.ok(isSlipwayError(error), String(error));
  return error;
}

test('plugins run in order with the previous result, the pod and the capabilities they declare', async (t) => {
  const { plugin, list, calls, conf, env, cacheDir, dir } = await scripted(t);
  await plugin('one', answers);
  await plugin('two', answers);
  const attachment = await attach(
    list([
      { type: 'one', custom: { kept: [1] } },
      { type: 'two', capabilities: { portMappings: true, dns: true, bandwidth: true, mac: false } },
    ]),
    {
      ...base(cacheDir),
      pod: { namespace: 'ns', name: 'web', uid: 'u-1' },
      portMappings: [
        { hostPort: 8080, containerPort: 80, protocol: 'SCTP', hostIP: '127.0.0.1' },
        { hostPort: 0, containerPort: 81 },
        { hostPort: -1, containerPort: 82 },
      ],
      dns: { nameservers: ['192.0.2.53'], search: ['example.org'] },
      bandwidth: { ingressRate: 0 },
      capabilityArgs: { mac: '02:00:00:00:00:01' },
    },
  );
  assert.deepEqual(attachment.ips, [{ address: '192.0.2.77/24', gateway: '192.0.2.1' }]);
  assert.deepEqual(await calls(), [`ADD one ${netns}`, `ADD two ${netns}`]);
  assert.deepEqual(await conf('ADD', 'one'), {
    type: 'one',
    custom: { kept: [1] },
    cniVersion: '1.0.0',
    name: 'scripted',
  });
  const two = await conf('ADD', 'two');
  assert.deepEqual(two.prevResult, JSON.parse(address));
  assert.deepEqual(two.runtimeConfig, {
    portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'sctp', hostIP: '127.0.0.1' }],
    dns: { servers: ['192.0.2.53'], searches: ['example.org'], options: [] },
  });
  assert.equal(
    await env('ADD', 'one'),
    [
      'CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=ns;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=c1;K8S_POD_UID=u-1',
      'CNI_COMMAND=ADD',
      'CNI_CONTAINERID=c1',
      'CNI_IFNAME=eth0',
      `CNI_NETNS=${netns}`,
      `CNI_PATH=${dir}`,
      '',
    ].join('\n'),
  );
});

test('numbers of 64 bits reach the plugins with every digit, and so do those of results', async (t) => {
  const { plugin, cacheDir, dir } = await scripted(t);
  const result = address.replace('{', '{"vendor":9223372036854775807,');
  await plugin('one', `[ "$CNI_COMMAND" = ADD ] && echo '${result}'; exit 0`);
  await plugin('two', answers);
  const text =
    '{"cniVersion":"1.0.0","name":"wide","plugins":[{"type":"one","ingressRate":18446744073709551615},{"type":"two"}]}';
  await attach(parseList(text, [dir], 'wide.conflist'), base(cacheDir));
  assert.match(await readFile(join(dir, 'conf-ADD-one'), 'utf8'), /"ingressRate":18446744073709551615\b/);
  assert.match(await readFile(join(dir, 'conf-ADD-two'), 'utf8'), /"vendor":9223372036854775807\b/);
  await detach(cacheDir, 'c1');
  assert.match(await readFile(join(dir, 'conf-DEL-one'), 'utf8'), /"ingressRate":18446744073709551615\b/);
});

test('what no plugin could take is refused before any runs', async (t) => {
  const { plugin, list, calls, cacheDir } = await scripted(t);
  await plugin('one', answers);
  const bad: Partial<AttachOptions>[] = [
    { containerId: '../x' },
    { ifname: 'sixteen-letters-' },
    { ifname: '..' },
    { pod: { namespace: 'ns', name: 'a;K8S_POD_UID=x', uid: 'u' } },
    { portMappings: [{ hostPort: 70000, containerPort: 1 }] },
    { portMappings: [{ hostPort: 1, containerPort: 1, protocol: 'icmp' }] },
    { portMappings: [{ hostPort: 1, containerPort: 1, hostIP: 'localhost' }] },
  ];
  for (const options of bad) {
    const error = await failure(attach(list([{ type: 'one' }]), { ...base(cacheDir), ...options }));
    assert.equal(error.code, 'INVALID_REQUEST');
  }
  assert.deepEqual(await calls(), []);
});

test('a failing plugin is undone in reverse and reported in its own words', async (t) => {
  const { plugin, list, calls, cacheDir } = await scripted(t);
  await plugin('one', answers);
  await plugin(
    'two',
    `[ "$CNI_COMMAND" = ADD ] || exit 0
    echo 'scary detail' >&2
    echo '{"cniVersion":"1.0.0","code":11,"msg":"try later","details":"no address left"}'; exit 1`,
  );
  await plugin('three', answers);
  const error = await failure(
    attach(list([{ type: 'one' }, { type: 'two' }, { type: 'three' }], { name: 'pods' }), base(cacheDir)),
  );
  assert.equal(error.code, 'NETWORK_FAILED');
  for (const part of ['pods', 'two', 'try later', '11', 'no address left', 'scary detail']) {
    assert.ok(error.message.includes(part), `${part} in ${error.message}`);
  }
  assert.ok(error.cause instanceof PluginError);
  assert.equal(error.cause.cniCode, 11);
  assert.equal(error.cause.plugin, 'two');
  assert.deepEqual(
    (await calls()).map((call) => call.split(' ').slice(0, 2).join(' ')),
    ['ADD one', 'ADD two', 'DEL three', 'DEL two', 'DEL one'],
  );
  assert.deepEqual((await cached(cacheDir)).attachments, []);
});

test('an undoing that fails leaves the intent for a later detach', async (t) => {
  const { plugin, list, calls, cacheDir, dir } = await scripted(t);
  await plugin('one', `[ "$CNI_COMMAND" = ADD ] && { echo '${address}'; exit 0; }; [ -e ${dir}/mended ] || exit 7`);
  await plugin('two', '[ "$CNI_COMMAND" = ADD ] && { echo plain words; exit 3; }; exit 0');
  const error = await failure(attach(list([{ type: 'one' }, { type: 'two' }]), base(cacheDir)));
  assert.match(error.message, /two: ADD: failed with exit code 3: plain words.*one: DEL: failed with exit code 7/s);
  assert.deepEqual(
    (await cached(cacheDir)).attachments.map((entry) => entry.state),
    ['intent'],
  );
  assert.equal((await failure(detach(cacheDir, 'c1'))).code, 'NETWORK_FAILED');
  await writeFile(join(dir, 'mended'), '');
  await detach(cacheDir, 'c1');
  assert.deepEqual(await readdir(cacheDir), []);
  const before = (await calls()).length;
  await detach(cacheDir, 'c1');
  assert.equal((await calls()).length, before, 'nothing is run for what is detached already');
});

test('a crash after the intent is undone by detach, and by the next attach', async (t) => {
  const { plugin, list, calls, cacheDir } = await scripted(t);
  await plugin('one', answers);
  const network = list([{ type: 'one' }]);
  // The state on disk while the first plugin runs is what a crash leaves.
  let intent = '';
  const file = join(cacheDir, 'scripted-c1-eth0.json');
  await attach(network, {
    ...base(cacheDir),
    run: async () => {
      intent = await readFile(file, 'utf8');
      return { exitCode: 0, stdout: address, stderr: '' };
    },
  });
  await writeFile(file, intent);
  assert.deepEqual(
    (await cached(cacheDir)).attachments.map((entry) => [entry.state, entry.containerId]),
    [['intent', 'c1']],
  );
  await detach(cacheDir, 'c1');
  assert.deepEqual(await calls(), [`DEL one ${netns}`]);

  await writeFile(file, intent);
  await attach(network, base(cacheDir));
  assert.deepEqual((await calls()).slice(1), [`DEL one ${netns}`, `ADD one ${netns}`]);
});

test('names that no program can be started with are refused, and what they left can be undone', async (t) => {
  const { plugin, list, calls, cacheDir } = await scripted(t);
  await plugin('one', answers);
  const network = list([{ type: 'one' }]);
  const pod = { namespace: 'n', name: 'x'.repeat(1 << 20), uid: 'u' };
  const error = await failure(attach(network, { ...base(cacheDir), pod }));
  assert.equal(error.code, 'INVALID_REQUEST');
  assert.deepEqual(await calls(), []);
  await attach(network, base(cacheDir));
  const file = join(cacheDir, 'scripted-c1-eth0.json');
  const entry = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(
    file,
    JSON.stringify({ ...entry, state: 'intent', args: `IgnoreUnknown=1;K8S_POD_NAME=${pod.name}` }),
  );
  await detach(cacheDir, 'c1');
  assert.deepEqual(await readdir(cacheDir), []);
});

test('DEL sees the configuration and the result of ADD, and no namespace when it is gone', async (t) => {
  const { plugin, list, conf, calls, cacheDir, dir } = await scripted(t);
  await plugin('one', answers);
  const gone = join(dir, 'unpinned');
  await writeFile(gone, '');
  await attach(list([{ type: 'one', setting: 'as at ADD' }]), { ...base(cacheDir), netns: gone });
  await detach(cacheDir, 'c1');
  const del = await conf('DEL', 'one');
  assert.equal(del.setting, 'as at ADD');
  assert.deepEqual(del.prevResult, JSON.parse(address));
  assert.deepEqual(await calls(), [`ADD one ${gone}`, 'DEL one none']);
});

test('an unreadable entry is reported and undone with the list of today', async (t) => {
  const { plugin, list, calls, env, cacheDir } = await scripted(t);
  await plugin('one', answers);
  const network = list([{ type: 'one' }]);
  await attach(network, { ...base(cacheDir), ifname: 'net1' });
  await attach(network, { ...base(cacheDir), containerId: 'c2' });
  const file = join(cacheDir, 'scripted-c1-net1.json');
  await writeFile(file, '');
  const { attachments, damaged } = await cached(cacheDir);
  assert.deepEqual(
    attachments.map((entry) => entry.containerId),
    ['c2'],
  );
  assert.deepEqual(
    damaged.map((entry) => entry.file),
    [file],
  );
  const error = await failure(detach(cacheDir, 'c1'));
  assert.ok(error.message.includes(file));
  await detach(cacheDir, 'c1', { fallback: network });
  assert.equal((await calls()).at(-1), 'DEL one none');
  assert.match(await env('DEL', 'one'), /CNI_IFNAME=net1/);
  assert.deepEqual((await cached(cacheDir)).damaged, []);
});

test('a hung plugin is killed with what it started, and undone', async (t) => {
  const { plugin, list, calls, cacheDir, dir } = await scripted(t);
  await plugin(
    'slow',
    `[ "$CNI_COMMAND" = ADD ] || exit 0; sleep 300 & echo $! > ${dir}/child; echo $$ > ${dir}/self; wait`,
  );
  const error = await failure(attach(list([{ type: 'slow' }]), { ...base(cacheDir), deadline: deadlineIn(1000) }));
  assert.equal(error.code, 'NETWORK_FAILED');
  assert.match(error.message, /slow.*killed/);
  for (const name of ['self', 'child']) {
    const pid = (await readFile(join(dir, name), 'utf8')).trim();
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    assert.ok(stat === '' || stat.includes(') Z '), `${name} still runs`);
  }
  assert.equal((await calls()).at(-1), `DEL slow ${netns}`);
});

test('a cancelled attach is undone and says so', async (t) => {
  const { plugin, list, calls, cacheDir } = await scripted(t);
  await plugin('slow', '[ "$CNI_COMMAND" = ADD ] && sleep 300; exit 0');
  const controller = new AbortController();
  const attaching = failure(attach(list([{ type: 'slow' }]), { ...base(cacheDir), signal: controller.signal }));
  while ((await calls()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  controller.abort();
  assert.equal((await attaching).code, 'CANCELLED');
  assert.deepEqual(
    (await calls()).map((call) => call.slice(0, 3)),
    ['ADD', 'DEL'],
  );
  assert.deepEqual((await cached(cacheDir)).attachments, []);
});

test('a hung DEL leaves time for the plugins after it', async (t) => {
  const { plugin, list, calls, cacheDir } = await scripted(t);
  await plugin('one', answers);
  await plugin('slow', `[ "$CNI_COMMAND" = DEL ] && sleep 300; ${answers}`);
  await attach(list([{ type: 'one' }, { type: 'slow' }]), base(cacheDir));
  const error = await failure(detach(cacheDir, 'c1', { deadline: deadlineIn(3000) }));
  assert.match(error.message, /slow: DEL/);
  assert.deepEqual((await calls()).slice(2), [`DEL slow ${netns}`, `DEL one ${netns}`]);
  assert.equal((await cached(cacheDir)).attachments.length, 1);
});

test('output is bounded, garbage and silence are errors', async (t) => {
  const { plugin, list, cacheDir } = await scripted(t);
  const cases: [string, RegExp][] = [
    ['yes', /more than 1 MiB/],
    ['echo nonsense', /not a JSON object: nonsense/],
    ['exit 0', /printed no result/],
    ['kill -9 $$', /ended by a signal/],
  ];
  for (const [body, expected] of cases) {
    await plugin('one', `[ "$CNI_COMMAND" = ADD ] || exit 0; ${body}`);
    assert.match((await failure(attach(list([{ type: 'one' }]), base(cacheDir)))).message, expected);
  }
  const absent = await failure(attach(list([{ type: 'absent' }]), base(cacheDir)));
  assert.match(absent.message, /absent: ADD: not found in/);
});

test('a plugin that leaves a daemon holding its output does not hold up the pod', async (t) => {
  const { plugin, list, cacheDir, dir } = await scripted(t);
  await plugin('one', `[ "$CNI_COMMAND" = ADD ] && { sleep 300 & echo $! > ${dir}/daemon; }; ${answers}`);
  await attach(list([{ type: 'one' }]), { ...base(cacheDir), deadline: deadlineIn(60_000) });
  const daemon = Number(await readFile(join(dir, 'daemon'), 'utf8'));
  process.kill(daemon, 'SIGKILL');
});

test("the shipped list leaves out plugins without work, at DEL too; a user's list runs as written", async (t) => {
  const { plugin, list, calls, cacheDir } = await scripted(t);
  await plugin('one', answers);
  await plugin('ports', answers);
  const plugins = [{ type: 'one' }, { type: 'ports', capabilities: { portMappings: true } }];
  await attach(list(plugins, { own: true }), base(cacheDir));
  await detach(cacheDir, 'c1');
  assert.deepEqual(await calls(), [`ADD one ${netns}`, `DEL one ${netns}`]);
  await attach(list(plugins, { own: true }), { ...base(cacheDir), portMappings: [{ hostPort: 1, containerPort: 1 }] });
  await detach(cacheDir, 'c1');
  assert.equal((await calls()).length, 6);
  await attach(list(plugins), base(cacheDir));
  await detach(cacheDir, 'c1');
  assert.equal((await calls()).length, 10);
});

test('results of older versions come out in the current shape', async (t) => {
  const { plugin, list, conf, cacheDir } = await scripted(t);
  const old =
    '{"ips":[{"version":"4","address":"192.0.2.9/24","interface":0}],"interfaces":[{"name":"eth0","sandbox":"/x"}]}';
  await plugin('one', `[ "$CNI_COMMAND" = ADD ] && echo '${old}'; exit 0`);
  // This plugin answers in a newer version than the list's.
  await plugin('two', answers);
  await plugin('three', `[ "$CNI_COMMAND" = ADD ] && echo '${old}'; exit 0`);
  const network = list([{ type: 'one' }, { type: 'two' }, { type: 'three' }], { cniVersion: '0.3.1' });
  const attachment = await attach(network, base(cacheDir));
  assert.deepEqual(attachment.ips, [{ address: '192.0.2.9/24', interface: 0 }]);
  assert.deepEqual(attachment.routes, []);
  const previous = (await conf('ADD', 'three')).prevResult as { cniVersion: string; ips: { version: string }[] };
  assert.equal(previous.cniVersion, '0.3.1');
  assert.equal(previous.ips[0]?.version, '4');
  await check(cacheDir, 'c1');
  await detach(cacheDir, 'c1');
  assert.equal((await conf('DEL', 'one')).prevResult, undefined, '0.3.1 knows no prevResult at DEL');
});

test('check passes on what a plugin objects to', async (t) => {
  const { plugin, list, cacheDir } = await scripted(t);
  await plugin(
    'one',
    `[ "$CNI_COMMAND" = CHECK ] && { echo '{"code":100,"msg":"link is gone"}'; exit 1; }; ${answers}`,
  );
  await assert.rejects(check(cacheDir, 'c1'), /no network attachment/);
  await attach(list([{ type: 'one' }]), base(cacheDir));
  assert.match((await failure(check(cacheDir, 'c1'))).message, /one: CHECK: link is gone \(code 100\)/);
});
