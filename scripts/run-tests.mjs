#!/usr/bin/env node
// Runs test files in the order in which they are named, some at a time, each in a process of its own. Node's own command
// line sorts them, and the file that takes longest may begin last.
//
//   node --import scripts/test-watch.mjs scripts/run-tests.mjs NAMES AT-A-TIME SECONDS FILE…
//
// Writes the names of the files that failed to NAMES, a line each, and ends with 1 when there are any. SECONDS is how
// long a file may take; scripts/test-watch.mjs, which knows the test that hangs, ends it before.
import { writeFileSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const [, , names, concurrency, seconds, ...files] = process.argv;
const failed = new Set();
run({ files, concurrency: Number(concurrency), timeout: Number(seconds) * 1000 })
  .on('test:fail', ({ file, name, todo }) => {
    if (todo === undefined) failed.add(file ?? name);
  })
  .compose(new spec())
  .pipe(process.stdout);
process.once('exit', () => {
  writeFileSync(names, [...failed].map((file) => `${file}\n`).join(''));
  if (failed.size > 0) process.exitCode = 1;
});
