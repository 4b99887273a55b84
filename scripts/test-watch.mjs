// Loaded into the process of each test file. Ends a process that hangs, after it has named the test that it hangs in,
// or, when all tests are over, what keeps it alive: a server or a process that a failed test did not end. Without it
// the runner would end the whole file after its time limit and name nothing.
//
//   SLIPWAY_TEST_SECONDS   how long a file may take; shorter than the limit of the runner
import { after, afterEach, beforeEach } from 'node:test';
import { isMainThread } from 'node:worker_threads';

/** Milliseconds from the last test to the end of the process. */
const endMs = 15_000;

// Workers and forked processes are started with the options of their parent, and are no test files.
if (isMainThread && process.env.NODE_TEST_CONTEXT !== undefined && /\.test\.m?js$/.test(process.argv[1] ?? '')) {
  const running = new Set();
  let over = false;
  const end = (what) => {
    process.stderr.write(`${process.argv[1]}: ${what}\n  alive: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit(1);
  };
  beforeEach((test) => void running.add(test));
  afterEach((test) => void running.delete(test));
  after(() => {
    over = true;
    setTimeout(() => end(`all tests are over, and the process does not end within ${endMs} ms`), endMs).unref();
  });
  const seconds = Number(process.env.SLIPWAY_TEST_SECONDS ?? 0);
  if (seconds > 0) {
    setTimeout(() => {
      const names = [...running].map(({ name, fullName = name }) => fullName);
      const where = names.length > 0 ? names.join('; ') : over ? 'no test any more' : 'a hook';
      end(`it hangs after ${seconds} s in: ${where}`);
    }, seconds * 1000).unref();
  }
}
