import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeProgram } from '../src/program.js';

const main = join(dirname(fileURLToPath(import.meta.url)), '../src/main.js');
let dir: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-cli-'));
  chmodSync(dir, 0o755);
});
after(() => rmSync(dir, { recursive: true }));

function slipway(args: string[], env: Record<string, string> = {}, uid = process.getuid?.()) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    ...(uid === undefined ? {} : { uid }),
    env: { PATH: process.env['PATH'], ...env },
  });
  return { status, stdout, stderr };
}

const commands = [
  'up',
  'gateway',
  'puller',
  'builder',
  'executor',
  'executors',
  'null-executor',
  'null-registry',
  'status',
  'bench',
  'build',
  'unbuild',
  'config',
  'doctor',
  'run',
  'stop',
  'rm',
  'reset',
  'nats-config',
  'redis-acl',
  'version',
  'image',
  'images',
  'pull',
];
const imageCommands = ['ls', 'pull', 'rm', 'inspect', 'verify', 'load', 'explain', 'gc'];

test('every command has help with examples', () => {
  const { stdout: overview } = slipway(['--help']);
  for (const command of commands) assert.match(overview, new RegExp(`^ {2}${command} `, 'm'));
  const unread = (): never => assert.fail('the configuration is not read for help');
  const program = makeProgram({ loaded: unread, reload: unread });
  const image = program.subcommand('image');
  for (const name of imageCommands) assert.ok(image?.subcommand(name), `image ${name}`);
  for (const command of program.tree()) {
    if (command.subcommands.length > 0) continue;
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    assert.match(help, /^Examples:\n {2}\$ (SLIPWAY\S+ )?slipway /m, command.path.join(' '));
  }
});

test('help is there when the configuration is broken', () => {
  const broken = join(dir, 'broken.toml');
  writeFileSync(broken, 'node = 1\n');
  for (const words of [
    ['up', '--help'],
    ['image', 'pull', '--help'],
  ]) {
    const { status, stdout } = slipway(words, { SLIPWAY_CONFIG: broken });
    assert.equal(status, 0, words.join(' '));
    assert.match(stdout, /^Examples:\n {2}\$ slipway /m, words.join(' '));
  }
});

test('help of a command, and the version, are found in the usual ways', () => {
  assert.match(slipway(['help', 'image', 'pull']).stdout, /^Usage: slipway image pull /);
  assert.match(slipway(['help']).stdout, /^ {2}status /m);
  assert.match(slipway(['help', 'upp']).stderr, /there is no command upp/);
  assert.match(slipway(['--version']).stdout, /^slipway \d+\.\d+\.\d+\n$/);
});

test('somebody who is not root reads that root is needed', { skip: process.getuid?.() !== 0 }, () => {
  const state = join(dir, 'not-mine');
  mkdirSync(state, { mode: 0o700 });
  writeFileSync(join(state, 'slipway.sock'), '');
  for (const words of [['up'], ['ps'], ['status'], ['scale', 'puller=2'], ['image', 'gc'], ['run', 'x']]) {
    const { status, stderr } = slipway(['--state', state, ...words], {}, 65534);
    assert.equal(status, 1, words.join(' '));
    assert.match(stderr, /this is user 65534 \(NOT_PERMITTED\)\n {2}try: run it as root/, words.join(' '));
  }
});

test('the end of the shell by which npx starts a command ends the command', async () => {
  const env = { PATH: process.env['PATH'], npm_command: 'exec' };
  const script = `${process.execPath} ${main} null-registry; true`;
  const shell = spawn('sh', ['-c', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => shell.stdout.once('data', resolve));
  shell.kill('SIGTERM');
  // Its output ends when it has ended.
  assert.match(await text(shell.stdout), /served 0 manifests/);
});

test('config prints what is in force and where it came from', () => {
  const file = join(dir, 'config.toml');
  writeFileSync(file, '# mine\nnode = "from-file"\n');
  const text = slipway(['config', '--config', file, '--log.level=debug']).stdout;
  assert.match(text, new RegExp(`^node = "from-file" +# ${file}:2$`, 'm'));
  assert.match(text, /^level = "debug" +# --log\.level$/m);
  const json = JSON.parse(slipway(['config', '--json'], { SLIPWAY_NODE: 'env' }).stdout) as Record<string, unknown>;
  assert.deepEqual(json['node'], { value: 'env', source: 'environment', from: 'SLIPWAY_NODE' });
  assert.match(slipway(['config', '--keys']).stdout, /^stage\.beatMs +2000 +\S/m);
});

test('a wrong configuration ends with status 1, file and line', () => {
  const file = join(dir, 'wrong.toml');
  writeFileSync(file, '\n[gateway]\nsoket = "/x"\n');
  const { status, stderr } = slipway(['config', '--config', file, '-o', 'json']);
  assert.equal(status, 1);
  const error = JSON.parse(stderr) as Record<string, unknown>;
  assert.equal(error['code'], 'INVALID_CONFIG');
  assert.equal(error['msg'], `${file}:3: gateway.soket: unknown key`);
});

test('an unknown command or option is refused', () => {
  assert.notEqual(slipway(['upp']).status, 0);
  const { status, stderr } = slipway(['status', '--jsn']);
  assert.notEqual(status, 0);
  assert.match(stderr, /unknown option '--jsn'/);
});

test('status without a supervisor says so and ends with status 1', () => {
  const { status, stdout } = slipway(['status', '--state', dir, '-o', 'json']);
  assert.equal(status, 1);
  // The same for people, in a pipe as on a terminal.
  assert.match(slipway(['status', '--state', dir]).stdout, /^node .*: slipway up does not run\n$/);
  assert.equal((JSON.parse(stdout) as { running: boolean }).running, false);
});

test('nats-config writes a configuration that nats-server takes, and keeps keys', () => {
  const out = join(dir, 'nats');
  const first = slipway(['nats-config', '--out', out, '--listen', '0.0.0.0:4222', '--node', 'n7', '--json']);
  assert.equal(first.status, 0, first.stderr);
  const { config, keys } = JSON.parse(first.stdout) as { config: string; keys: Record<string, string> };
  assert.match(readFileSync(config, 'utf8'), /slipway\.n7\.executor\.>/);
  const check = spawnSync('nats-server', ['-t', '-c', config], { encoding: 'utf8' });
  assert.equal(check.status, 0, check.stderr);
  const seed = readFileSync(keys['gateway'] ?? '', 'utf8');
  slipway(['nats-config', '--out', out]);
  assert.equal(readFileSync(keys['gateway'] ?? '', 'utf8'), seed);
});
