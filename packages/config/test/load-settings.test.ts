import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { parse } from 'smol-toml';
import {
  configuredExecutors,
  handlerCgroup,
  livePath,
  loadSettings,
  renderToml,
  servedHandlers,
  settingsInForce,
  writeLive,
} from '../src/index.js';

let dir: string;
let config: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-config-'));
  config = join(dir, 'config.toml');
});
afterEach(() => rmSync(dir, { recursive: true }));

function invalid(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(isSlipwayError(error), String(error));
    assert.equal(error.code, 'INVALID_CONFIG');
    assert.match(error.message, message);
    return true;
  });
}

test('defaults need no file and follow root and state', () => {
  const { settings, sources } = loadSettings({ env: {}, argv: ['--state', '/run/other', '--root=/srv/slipway'] });
  assert.equal(settings.gateway.socket, '/run/other/slipway.sock');
  assert.equal(settings.network.own.dataDir, '/srv/slipway/cni');
  assert.equal(settings.cgroup.parent, '/slipway');
  assert.deepEqual(settings.runtime.handlers['runsc'], {
    enabled: true,
    instances: 0,
    drained: false,
    kind: 'runsc',
    path: 'runsc',
    root: '/run/other/runsc',
    options: [],
    platform: '',
    passAnnotations: [],
    infra: 'auto',
    cgroupDriver: '',
  });
  assert.deepEqual(Object.keys(settings.runtime.handlers), ['runc', 'crun', 'runsc']);
  assert.match(settings.node, /^[A-Za-z0-9_-]+$/);
  assert.deepEqual(sources.get('gateway.socket'), { kind: 'derived', name: '' });
  assert.deepEqual(sources.get('root'), { kind: 'flag', name: '--root' });
});

test('flags win over the environment, the environment over drop-ins, drop-ins over the file', () => {
  writeFileSync(config, 'node = "file"\n[scale]\npuller = 2\nbuilder = 2\nexecutor = 2\ngateway = 2\n');
  mkdirSync(`${config}.d`);
  writeFileSync(join(`${config}.d`, '20-late.toml'), '[scale]\nbuilder = 4\nexecutor = 4\n');
  writeFileSync(join(`${config}.d`, '10-early.toml'), '[scale]\nbuilder = 3\npuller = 3\n');
  writeFileSync(join(`${config}.d`, 'README'), 'not a toml file');
  const loaded = loadSettings({
    argv: ['up', '--config', config, '--scale.gateway', '6', '--verbose'],
    env: { SLIPWAY_SCALE_GATEWAY: '5', SLIPWAY_SCALE_EXECUTOR: '5' },
  });
  const { gateway, puller, builder, executor } = loaded.settings.scale;
  assert.deepEqual([gateway, puller, builder, executor], [6, 3, 4, 5]);
  assert.deepEqual(loaded.rest, ['up', '--verbose']);
  assert.equal(loaded.sources.get('scale.puller')?.name, `${join(`${config}.d`, '10-early.toml')}:3`);
  assert.equal(loaded.sources.get('scale.executor')?.name, 'SLIPWAY_SCALE_EXECUTOR');
  assert.equal(loaded.sources.get('node')?.name, `${config}:1`);
});

test('an unknown key is an error with file and line', () => {
  writeFileSync(config, '# comment\nnode = "a"\n\n[gateway]\n  soket = "/run/x.sock"\n');
  invalid(() => loadSettings({ env: { SLIPWAY_CONFIG: config } }), /config\.toml:5: gateway\.soket: unknown key/);
  writeFileSync(config, '[gatway]\nsocket = "/run/x.sock"\n');
  invalid(() => loadSettings({ env: {}, configPath: config }), /config\.toml:1: gatway: unknown key/);
  writeFileSync(config, '\nruntime.handlers.crun.pth = "x"\n');
  invalid(() => loadSettings({ env: {}, configPath: config }), /config\.toml:2: .*pth: unknown key/);
});

test('a wrong type or value is an error with file and line', () => {
  const cases: [string, RegExp][] = [
    ['node = 7', /config\.toml:1: node: must be a string, not a number/],
    ['node = "a.b"', /config\.toml:1: node: "a\.b" does not match/],
    ['[scale]\n\npuller = "two"', /config\.toml:3: scale\.puller: must be a whole number/],
    ['[scale]\npuller = 1.5', /config\.toml:2: scale\.puller: must be a whole number/],
    ['[scale]\npuller = -1', /config\.toml:2: scale\.puller: must be from 0/],
    ['[network]\nmasquerade = "yes"', /config\.toml:2: network\.masquerade: must be true or false/],
    ['[network]\nbinDirs = ["/a", 1]', /config\.toml:2: network\.binDirs: must be a list of strings/],
    ['root = "var"', /config\.toml:1: root: must be an absolute path/],
    ['[log]\nlevel = "loud"', /config\.toml:2: log\.level: must be one of trace, debug/],
    ['log = 3', /config\.toml:1: log: unknown key/],
    ['[images]\nregistryDirs = [\n  "relative",\n]', /config\.toml:2: images\.registryDirs: must be an absolute path/],
  ];
  for (const [text, message] of cases) {
    writeFileSync(config, text);
    invalid(() => loadSettings({ env: {}, configPath: config }), message);
  }
});

test('what is documented as empty may be empty', () => {
  writeFileSync(config, '[images]\nverifierDir = ""\nauthFile = ""\nsignaturePolicy = ""\n');
  const { images } = loadSettings({ env: {}, configPath: config }).settings;
  assert.deepEqual([images.verifierDir, images.authFile, images.signaturePolicy], ['', '', '']);
});

test('a syntax error is an error with file and line', () => {
  writeFileSync(config, 'node = "a"\nroot = \n');
  invalid(() => loadSettings({ env: {}, configPath: config }), /config\.toml:2: /);
});

test('a file that was named must exist', () => {
  invalid(() => loadSettings({ env: {}, argv: ['--config', config] }), /cannot read .*config\.toml/);
  invalid(() => loadSettings({ env: { SLIPWAY_CONFIG: config } }), /cannot read .*config\.toml/);
});

test('a misspelt variable or flag is an error that names it', () => {
  invalid(() => loadSettings({ env: { SLIPWAY_GATEWAY_SOKET: '/x' } }), /SLIPWAY_GATEWAY_SOKET: unknown key/);
  invalid(() => loadSettings({ env: { SLIPWAY_SCALE_PULLER: 'x' } }), /SLIPWAY_SCALE_PULLER: must be a whole number/);
  invalid(() => loadSettings({ env: {}, argv: ['--gateway.soket', '/x'] }), /--gateway\.soket: unknown key/);
  invalid(() => loadSettings({ env: {}, argv: ['--set', 'gateway.soket=/x'] }), /--set gateway\.soket: unknown key/);
  invalid(() => loadSettings({ env: {}, argv: ['--set', 'gateway'] }), /--set gateway: write it as/);
  invalid(() => loadSettings({ env: {}, argv: ['--node'] }), /--node: needs a value/);
});

test('variables spell words apart; lists are separated by commas; switches need no value', () => {
  const { settings, rest } = loadSettings({
    argv: ['--network.masquerade=false', '--network.own.enabled', 'config', '--', '--node', 'x'],
    env: {
      SLIPWAY_GATEWAY_MAX_MESSAGE_BYTES: '1048576',
      SLIPWAY_NETWORK_BIN_DIRS: '/a, /b',
      SLIPWAY_RUNTIME_HANDLERS_CRUN_DEBUG_KIND: 'crun',
      SLIPWAY_RUNTIME_HANDLERS_CRUN_DEBUG_OPTIONS: '--debug',
      SLIPWAY_SOMETHING_ELSE: 'is not ours',
    },
  });
  assert.equal(settings.gateway.maxMessageBytes, 1048576);
  assert.deepEqual(settings.network.binDirs, ['/a', '/b']);
  assert.equal(settings.network.masquerade, false);
  assert.equal(settings.network.own.enabled, true);
  assert.deepEqual(settings.runtime.handlers['crun-debug']?.options, ['--debug']);
  assert.equal(settings.runtime.handlers['crun-debug']?.path, 'crun');
  assert.deepEqual(rest, ['config', '--', '--node', 'x']);
});

test('a handler of another name needs its kind, the default handler must be one', () => {
  writeFileSync(config, '[runtime.handlers.fast]\npath = "/opt/crun"\n');
  invalid(() => loadSettings({ env: {}, configPath: config }), /runtime\.handlers\.fast\.kind: is missing/);
  writeFileSync(config, '[runtime]\ndefaultHandler = "fast"\n[runtime.handlers.fast]\nkind = "crun"\n');
  const { settings } = loadSettings({ env: {}, configPath: config });
  assert.equal(settings.runtime.handlers['fast']?.root, '/run/slipway/fast');
  invalid(() => loadSettings({ env: {}, argv: ['--runtime.defaultHandler', 'kata'] }), /"kata" is no handler/);
});

test('a handler of kind null is there when it is asked for, and the default one only by a word of its own', () => {
  assert.equal(loadSettings({ env: {} }).settings.runtime.handlers['null'], undefined);
  const asked = ['--runtime.handlers.null.enabled'];
  assert.equal(loadSettings({ env: {}, argv: asked }).settings.runtime.handlers['null']?.kind, 'null');
  const byDefault = [...asked, '--runtime.defaultHandler', 'null'];
  invalid(() => loadSettings({ env: {}, argv: byDefault }), /"null" is of kind null, which runs nothing/);
  const { settings } = loadSettings({ env: {}, argv: [...byDefault, '--runtime.nullByDefault'] });
  assert.equal(settings.runtime.defaultHandler, 'null');
});

test('handlers come from drop-ins, one file each', () => {
  writeFileSync(config, '');
  mkdirSync(`${config}.d`);
  writeFileSync(
    `${config}.d/20-kvm.toml`,
    '[runtime.handlers.kvm]\nkind = "runsc"\nplatform = "kvm"\npassAnnotations = ["dev.gvisor.*"]\n',
  );
  writeFileSync(`${config}.d/30-slices.toml`, '[runtime.handlers.slices]\nkind = "crun"\ncgroupDriver = "systemd"\n');
  const { settings, sources } = loadSettings({ env: {}, configPath: config });
  assert.deepEqual(Object.keys(settings.runtime.handlers).toSorted(), ['crun', 'kvm', 'runc', 'runsc', 'slices']);
  assert.equal(settings.runtime.handlers['kvm']?.platform, 'kvm');
  assert.deepEqual(settings.runtime.handlers['kvm']?.passAnnotations, ['dev.gvisor.*']);
  assert.deepEqual(sources.get('runtime.handlers.kvm.platform'), { kind: 'file', name: `${config}.d/20-kvm.toml:3` });
  assert.deepEqual(handlerCgroup(settings, 'kvm'), { driver: 'cgroupfs', parent: '/slipway' });
  assert.deepEqual(handlerCgroup(settings, 'slices'), { driver: 'systemd', parent: 'slipway.slice' });
});

test('what commands change is a drop-in, which can be put back and taken away', () => {
  writeFileSync(config, 'runtime.defaultHandler = "runc"\n[scale]\npuller = 2\n');
  const load = () => loadSettings({ env: {}, configPath: config });
  writeLive(config, {
    'scale.puller': 3,
    'runtime.defaultHandler': 'crun',
    'runtime.handlers.crun.enabled': false,
    'runtime.executors.crun-1.21.handler': 'crun',
    'runtime.executors.crun-1.21.path': '/opt/crun "next"',
  });
  const { settings, sources } = load();
  assert.deepEqual([settings.scale.puller, settings.runtime.defaultHandler], [3, 'crun']);
  assert.deepEqual(settings.runtime.executors['crun-1.21'], {
    enabled: true,
    handler: 'crun',
    path: '/opt/crun "next"',
    options: [],
    instances: 0,
    drained: false,
  });
  assert.match(sources.get('scale.puller')?.name ?? '', /90-live\.toml:\d+$/);
  const served = (): string[] =>
    configuredExecutors(load().settings)
      .filter(({ enabled }) => enabled)
      .map(({ name, handler, path, instances }) => `${name} ${handler} ${path} ${instances}`);
  assert.deepEqual(served().toSorted(), [
    'crun-1.21 crun /opt/crun "next" 1',
    'runc runc runc 1',
    'runsc runsc runsc 1',
  ]);
  assert.deepEqual(servedHandlers(load().settings).toSorted(), ['crun', 'runc', 'runsc']);

  const undo = writeLive(config, { 'scale.puller': 9, 'runtime.handlers.crun.enabled': undefined });
  assert.equal(load().settings.scale.puller, 9);
  assert.equal(load().settings.runtime.handlers['crun']?.enabled, true);
  undo();
  assert.equal(load().settings.scale.puller, 3);
  rmSync(livePath(config));
  assert.deepEqual([load().settings.scale.puller, load().settings.runtime.defaultHandler], [2, 'runc']);
});

test('a further executor needs a handler and a name of its own', () => {
  writeFileSync(config, '[runtime.executors.next]\nhandler = "kata"\n');
  invalid(() => loadSettings({ env: {}, configPath: config }), /executors\.next\.handler: "kata" is no handler/);
  writeFileSync(config, '[runtime.executors.crun]\nhandler = "runc"\n');
  invalid(() => loadSettings({ env: {}, configPath: config }), /executors\.crun: a handler, .* is called so too/);
});

test('variables name handlers and executors', () => {
  const { settings } = loadSettings({
    env: {
      SLIPWAY_RUNTIME_HANDLERS_CRUN_PASS_ANNOTATIONS: 'a/*,b',
      SLIPWAY_RUNTIME_EXECUTORS_CRUN_NEXT_HANDLER: 'crun',
    },
  });
  assert.deepEqual(settings.runtime.handlers['crun']?.passAnnotations, ['a/*', 'b']);
  assert.equal(settings.runtime.executors['crun-next']?.handler, 'crun');
});

test('what a kind of handler cannot have is refused', () => {
  writeFileSync(config, '[runtime.handlers.crun]\nplatform = "kvm"\n');
  invalid(() => loadSettings({ env: {}, configPath: config }), /crun\.platform: crun has no platforms/);
  writeFileSync(config, '[runtime.handlers.runsc]\ninfra = "never"\n');
  invalid(() => loadSettings({ env: {}, configPath: config }), /runsc\.infra: .* cannot be never/);
});

test('a handler with another cgroup driver has the same place in its form', () => {
  const { settings } = loadSettings({
    env: {},
    argv: ['--cgroup.driver=systemd', '--cgroup.parent=a-b.slice', '--runtime.handlers.crun.cgroupDriver=cgroupfs'],
  });
  assert.deepEqual(handlerCgroup(settings, 'crun'), { driver: 'cgroupfs', parent: '/a/b' });
  assert.deepEqual(handlerCgroup(settings, 'runc'), { driver: 'systemd', parent: 'a-b.slice' });
});

test('a state directory whose socket paths cannot be bound is refused', () => {
  invalid(() => loadSettings({ env: {}, argv: ['--state', `/run/${'s'.repeat(110)}`] }), /longer than 107 bytes/);
});

test('what is printed says where each value came from and reads back the same', () => {
  writeFileSync(config, '[runtime.handlers."crun.next"]\nkind = "crun"\noptions = ["--debug"]\n');
  const loaded = loadSettings({ argv: ['--node', 'printed'], env: { SLIPWAY_LOG_LEVEL: 'debug' }, configPath: config });
  const text = renderToml(loaded);
  assert.match(text, /^node = "printed" +# --node$/m);
  assert.match(text, /^level = "debug" +# environment SLIPWAY_LOG_LEVEL$/m);
  assert.match(text, /^socket = "\/run\/slipway\/slipway\.sock" +# from other settings$/m);
  assert.match(text, new RegExp(`^kind = "crun" +# ${config}:2$`, 'm'));
  // The parser makes objects without a prototype.
  assert.deepEqual(JSON.parse(JSON.stringify(parse(text))), loaded.settings);

  writeFileSync(config, text);
  assert.deepEqual(loadSettings({ env: {}, configPath: config }).settings, loaded.settings);
  assert.deepEqual(settingsInForce(loaded)['runtime.handlers.crun.next.kind'], {
    value: 'crun',
    source: 'file',
    from: `${config}:2`,
  });
});
