import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { complete } from '../src/completion/complete.js';
import { namesStarting } from '../src/completion/sources.js';
import type { CommandContext } from '../src/commands/command-context.js';
import { placeholderOf, valuesOf } from '../src/grammar/placeholders.js';
import { makeProgram } from '../src/program.js';

const program = makeProgram({} as CommandContext);
const bin = fileURLToPath(new URL('../../bin', import.meta.url));

async function words(...line: string[]): Promise<string[]> {
  const { candidates } = await complete(program, line, async (source) => [{ value: `<${source}>` }]);
  return candidates.map(({ value }) => value);
}

test('every command completes to those below it and to all of its options, and every value has a meaning', async () => {
  for (const command of program.tree()) {
    const path = command.path.slice(1);
    const below = await words(...path, '');
    for (const one of command.subcommands) assert.ok(below.includes(one.name()), one.path.join(' '));
    const options = await words(...path, '--');
    for (const { long, hidden } of command.options) {
      if (long) assert.equal(options.includes(long), !hidden, `${path.join(' ')} ${long}`);
    }
    for (const one of [...command.registeredArguments, ...command.options]) {
      const name = 'flags' in one ? placeholderOf(one) : one.name();
      const { choices, placeholder } = valuesOf(one);
      if (name !== undefined) assert.ok(choices ?? placeholder, `${command.path.join(' ')}: <${name}> has no meaning`);
    }
  }
});

test('values are completed where they stand: behind a space, behind =, behind a comma', async () => {
  assert.deepEqual(await words('--log.level', 'de'), ['debug']);
  assert.deepEqual(await words('--log.level=de'), ['--log.level=debug']);
  assert.deepEqual(await words('--nri.enabled='), ['--nri.enabled=true', '--nri.enabled=false']);
  assert.deepEqual(await words('ps', '--set', 'log.'), ['log.level=']);
  assert.deepEqual(await words('ps', '-o', ''), ['text', 'json']);
  assert.deepEqual(await words('run', '--network=h'), ['--network=host']);
  assert.deepEqual(await words('completion', 'z'), ['zsh']);
  assert.deepEqual(await words('bench', 'pu'), ['puller']);
  const levels = async () => [{ value: 'basic' }, { value: 'logs' }];
  const some = await complete(program, ['verify', 'executor', '--level', 'basic,l'], levels);
  assert.deepEqual(some.candidates, [{ value: 'basic,logs' }]);
});

test('names come from what the argument is, and another program has its words for itself', async () => {
  assert.deepEqual(await words('logs', '<'), ['<containers>']);
  assert.deepEqual(await words('--node', 'n1', 'exec', '-i', '<'), ['<containers>']);
  assert.deepEqual(await words('stop', '-t', '5', 'web', '<'), ['<podsAndContainers>']);
  assert.deepEqual(await words('image', 'rm', 'a', '<'), ['<images>']);
  assert.deepEqual(await words('executors', 'drain', '<'), ['<executors>']);
  assert.deepEqual(await words('exec', 'web', '<'), []);
  assert.deepEqual(await words('exec', 'web', '--'), []);
  assert.deepEqual(await words('logs', 'web', '<'), []);
  assert.deepEqual(await words('help', 'image', 'ex'), ['explain']);
  assert.deepEqual(await words('man', 'conf'), ['config', 'config.toml']);
  assert.equal((await complete(program, ['image', 'load', '-i', ''], async () => [])).paths, 'files');
  assert.equal((await complete(program, ['unbuild', ''], async () => [])).paths, 'directories');
  assert.equal((await complete(program, ['--config', ''], async () => [])).paths, 'files');
});

test('pods and containers are offered by the end of their name that was begun, and by id where none was', () => {
  const pod = { kind: 'pod', id: 'aa00'.repeat(16), name: 'default/web', live: true, podId: 'x' } as const;
  const old = { kind: 'container', id: 'bb00'.repeat(16), name: 'default/web/main', live: false, podId: 'x' } as const;
  const now = { ...old, id: 'cc00'.repeat(16), live: true };
  const values = (word: string): string[] => namesStarting([pod, old, now], word).map(({ value }) => value);
  assert.deepEqual(values(''), ['default/web', 'default/web/main']);
  assert.deepEqual(values('we'), ['web', 'web/main']);
  assert.deepEqual(values('ma'), ['main']);
  assert.deepEqual(values('bb'), ['bb00bb00bb00b']);
  assert.equal(namesStarting([old, now], '')[0]?.about, 'container cc00cc00cc00c');
});

/** Types lines into an interactive shell and answers what the shell has made of each. */
async function typed(t: TestContext, shell: string, setup: string, lines: readonly string[]): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), 'sw-completion-'));
  mkdirSync(join(home, 'some-directory'));
  writeFileSync(join(home, 'config-lab.toml'), '');
  mkdirSync(join(home, 'bin'));
  symlinkSync(join(bin, 'slipway'), join(home, 'bin/slipway'));
  const child = spawn('script', ['-qec', shell, '/dev/null'], {
    cwd: home,
    env: { PATH: `${join(home, 'bin')}:${process.env['PATH']}`, HOME: home, TERM: 'dumb', PS1: '> ', LANG: 'C.UTF-8' },
  });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.stdin.end('exit\n');
    await ended;
    rmSync(home, { recursive: true });
  });
  let output = '';
  child.stdout.on('data', (part: Buffer) => {
    output += part.toString();
  });
  const seen = async (pattern: RegExp): Promise<string> => {
    for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((turn) => setTimeout(turn, 50))) {
      const match = pattern.exec(output);
      if (match) return match[1] ?? '';
    }
    assert.fail(`${pattern} never came: ${JSON.stringify(output)}`);
  };
  child.stdin.write(`${setup}\necho set''up\n`);
  await seen(/(setup)/);
  const made: string[] = [];
  for (const line of lines) {
    output = '';
    // ctrl-G shows the line, ctrl-U clears it.
    child.stdin.write(`${line}\t\x07`);
    made.push(await seen(/LINE=\[(.*?)\]/s));
    child.stdin.write('\x15');
  }
  return made;
}

const cases: [string, string][] = [
  ['slipway image expl', 'slipway image explain '],
  ['slipway --log.level=de', 'slipway --log.level=debug '],
  ['slipway scale pul', 'slipway scale puller='],
  ['slipway --config conf', 'slipway --config config-lab.toml '],
  ['slipway unbuild some', 'slipway unbuild some-directory/'],
];

test('bash completes what is typed', { timeout: 150_000 }, async (t) => {
  const setup = `. <(slipway completion bash); bind -x '"\\C-g": echo "LINE=[$READLINE_LINE]"'`;
  const made = await typed(
    t,
    'bash --norc --noprofile -i',
    setup,
    cases.map(([line]) => line),
  );
  assert.deepEqual(
    made,
    cases.map(([, whole]) => whole),
  );
});

const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

test('zsh completes what is typed', { timeout: 150_000, skip: !has('zsh') && 'zsh is not installed' }, async (t) => {
  const setup = `unsetopt prompt_sp prompt_cr; autoload -U compinit; compinit -D -u; . =(slipway completion zsh); show() { print -r -- "LINE=[$BUFFER]" }; zle -N show; bindkey '^G' show; bindkey '^U' kill-whole-line`;
  const made = await typed(
    t,
    'zsh -f -i',
    setup,
    cases.map(([line]) => line),
  );
  assert.deepEqual(
    made,
    cases.map(([, whole]) => whole),
  );
});

test('fish completes what is typed', { timeout: 150_000, skip: !has('fish') && 'fish is not installed' }, () => {
  const ask = (line: string): string[] => {
    const script = `slipway completion fish | source; complete -C "${line}"`;
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, HOME: tmpdir() };
    const { stdout } = spawnSync('fish', ['--no-config', '-c', script], { encoding: 'utf8', env, cwd: bin });
    return stdout.trim().split('\n');
  };
  assert.deepEqual(
    ask('slipway image expl').map((line) => line.split('\t')[0]),
    ['explain'],
  );
  assert.deepEqual(ask('slipway --log.level=de'), ['--log.level=debug']);
  assert.deepEqual(ask('slipway --config sli'), ['slipway']);
});
