import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const module = new URL('../src/index.js', import.meta.url).href;

/** Runs a script of a process that has `execve`, with `input` on its standard input. */
function run(script: string, input: string): { pid: number; stdout: string; stderr: string; status: number | null } {
  const words = ['--input-type=module', '--eval', `import { execve } from ${JSON.stringify(module)};\n${script}`];
  return spawnSync(process.execPath, words, { input, encoding: 'utf8' });
}

test('a process that becomes another program keeps its pid and its standard streams', () => {
  const { pid, stdout, stderr, status } = run(
    `execve('/bin/sh', ['sh', '-c', 'read line; echo "$line by $$"; echo "$WORD" >&2'], { WORD: 'an error' });`,
    'a line\n',
  );
  assert.deepEqual({ stdout, stderr, status }, { stdout: `a line by ${pid}\n`, stderr: 'an error\n', status: 0 });
});

test('where there is no such program, it goes on, and its children have no stream of it unasked', () => {
  const { stdout } = run(
    `import { readFileSync } from 'node:fs';
    try { execve('/nowhere', ['nowhere'], {}); } catch (error) { console.log(error.code); }
    const flags = Number.parseInt(/flags:\\s*(\\d+)/.exec(readFileSync('/proc/self/fdinfo/2', 'utf8'))[1], 8);
    console.log((flags & 0o2000000) !== 0);`,
    '',
  );
  assert.equal(stdout, 'ENOENT\ntrue\n');
});
