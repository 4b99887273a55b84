import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSettings } from '@slipway/config';
import type { CommandContext } from '../src/commands/command-context.js';
import { addDoctor } from '../src/commands/doctor.js';
import { addExec, commandLine } from '../src/commands/exec.js';
import { withoutAliases } from '../src/aliases.js';
import { CliCommand } from '../src/grammar/cli-command.js';
import { grammarOf, wantsJson } from '../src/words.js';

const context = {} as CommandContext;
const program = new CliCommand('slipway').enablePositionalOptions();
addExec(program, context);
addDoctor(program, context);
program.command('ps').option('--json').option('-o, --output <format>');

function read(...argv: string[]) {
  const { settings, rest } = loadSettings({ argv, grammar: grammarOf(program), env: {}, configPath: '/dev/null' });
  return { root: settings.root, node: settings.node, rest };
}

test("settings within the command of exec are the command's own", () => {
  const { root, node, rest } = read(
    '--node',
    'n1',
    'exec',
    '-i',
    'web',
    'ls',
    '--root',
    '/x',
    '--config=/y',
    '--set',
    'a',
  );
  assert.deepEqual([root, node], ['/var/lib/slipway', 'n1']);
  assert.deepEqual(rest, ['exec', '-i', 'web', 'ls', '--root', '/x', '--config=/y', '--set', 'a']);
});

test('an option of a command wins over the setting of its name, wherever the command is', () => {
  assert.deepEqual(read('--node', 'n1', 'doctor', '--root', '/mnt').rest, ['doctor', '--root', '/mnt']);
  assert.equal(read('--root', '/data', 'doctor', '--root', '/mnt').root, '/data');
});

test('-- between the name and the command is no part of the command', () => {
  assert.deepEqual(commandLine(['--', 'sh', '-c', 'a -- b']), ['sh', '-c', 'a -- b']);
  assert.deepEqual(commandLine(['sh', '--']), ['sh', '--']);
});

test('JSON is asked for by --json and -o json, and not by what another program is to get', () => {
  for (const words of [['--json'], ['-o', 'json'], ['-ojson'], ['--output=json'], ['--output', 'json']]) {
    assert.equal(wantsJson(program, ['ps', ...words]), true, words.join(' '));
  }
  assert.equal(wantsJson(program, ['ps', '-o', 'text']), false);
  assert.equal(wantsJson(program, ['exec', 'web', 'ps', '--json']), false);
});

test('executor with a command behind it is the group executors, and else the stage', () => {
  const words = (line: string): string => withoutAliases(line.split(' ')).join(' ');
  assert.equal(words('executor drain crun --force'), 'executors drain crun --force');
  assert.equal(words('help executor ls'), 'help executors ls');
  for (const same of ['executor', 'executor --handler crun', 'help executor', 'executors ls', 'exec executor ls']) {
    assert.equal(words(same), same);
  }
});
