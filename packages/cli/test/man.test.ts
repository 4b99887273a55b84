import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { executorKeys, handlerKeys, settingKeys } from '@slipway/config';
import type { CommandContext } from '../src/commands/command-context.js';
import { manPages } from '../src/man/pages.js';
import { roffText, roffTitle } from '../src/man/roff.js';
import { makeProgram } from '../src/program.js';

const program = makeProgram({} as CommandContext);
const pages = manPages(program, '1.2.3');
const has = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

/** A page as a person reads it, in lines as long as they are. */
function read(text: string): string {
  const { stdout } = spawnSync('mandoc', ['-T', 'utf8', '-O', 'width=400'], { input: text, encoding: 'utf8' });
  // Bold and underlined letters are overstruck: each is followed by a backspace and itself.
  const pieces = stdout.split('\b');
  return pieces
    .map((piece, at) => (at < pieces.length - 1 ? piece.slice(0, -1) : piece))
    .join('')
    .replaceAll(/ {2,}/g, ' ');
}

test('every command has help with examples and an entry in a man page', { skip: !has('mandoc') }, () => {
  const texts = new Map(pages.map(({ name, text }) => [name, read(text)]));
  const overview = texts.get('slipway') ?? '';
  for (const command of program.tree()) {
    const path = command.path.join(' ');
    assert.ok((command.guided?.examples.length ?? 0) > 0, `${path}: examples`);
    assert.ok(command.description() !== '', `${path}: a description`);
    const page = texts.get(command.path.slice(0, 2).join('-')) ?? '';
    assert.ok(page.includes(`${path} `), `${path}: synopsis`);
    if (command.parent === program) assert.match(overview, new RegExp(`^ ${command.name()} `, 'm'));
    for (const { flags, hidden } of command.options) {
      assert.equal(page.includes(`\n ${flags}`), !hidden, `${path}: ${flags}`);
    }
    for (const [line] of command.guided?.examples ?? []) assert.ok(page.includes(line), `${path}: ${line}`);
  }
});

test('slipway-config.toml(5) has every setting', { skip: !has('mandoc') }, () => {
  const page = read(pages.find(({ section }) => section === 5)?.text ?? '');
  for (const [path, { doc }] of Object.entries({ ...settingKeys, ...handlerKeys, ...executorKeys })) {
    assert.match(page, new RegExp(`^ ${path.slice(path.lastIndexOf('.') + 1)}( |$)`, 'm'), path);
    assert.ok(page.includes(doc.slice(1)), `${path}: ${doc}`);
  }
});

for (const [name, ...args] of [
  ['mandoc', '-T', 'lint', '-W', 'warning'],
  ['groff', '-man', '-Tutf8', '-ww', '-z'],
] as const) {
  test(`${name} has nothing to say against a page`, { skip: !has(name) && `${name} is not installed` }, () => {
    for (const { path, text } of pages) {
      const { stdout, stderr } = spawnSync(name, args, { input: text, encoding: 'utf8' });
      assert.equal(`${stdout}${stderr}`, '', path);
    }
  });
}

test('text of a page is text, whatever it holds', () => {
  assert.equal(roffText('.so a\\b -x'), '\\&.so a\\eb \\-x');
  assert.equal(roffText("'br\n.x"), '\\(aqbr\n\\&.x');
  assert.equal(roffText('a…'), 'a\\[u2026]');
  assert.match(roffTitle('slipway', 1, '1.2.3', { SOURCE_DATE_EPOCH: '86400' }), /^\.TH "SLIPWAY" 1 1970-01-02 /);
});
