import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { describeError } from '../thread-errors.js';
import { type TreeCall, type TreeReply, treeWork } from './tree-protocol.js';

// The body of the worker thread; tree-thread.ts starts it.

const port = parentPort;
if (!port) throw new Error('tree-worker is the body of a worker thread; it is not started by itself');

/** A job goes on for so many milliseconds before the others get their turn. */
const sliceMs = 2;

interface Job {
  id: number;
  steps: Generator<undefined, unknown>;
  workedMs: number;
}

const jobs = new Map<number, Job>();
let working = false;

function reply(answer: TreeReply): void {
  jobs.delete(answer.id);
  port?.postMessage(answer);
}

/** Works on a job for its slice. */
function work(job: Job): void {
  const { id, steps } = job;
  const start = performance.now();
  try {
    let step = steps.next();
    while (!step.done && performance.now() - start < sliceMs) step = steps.next();
    job.workedMs += performance.now() - start;
    if (step.done) reply({ id, result: step.value, workedMs: job.workedMs });
  } catch (error) {
    reply({ id, error: describeError(error), workedMs: job.workedMs });
  }
}

async function workAll(): Promise<void> {
  working = true;
  while (jobs.size > 0) {
    for (const job of jobs.values()) {
      work(job);
      // New jobs, and the ends of old ones, come in here.
      await nextTurn();
    }
  }
  working = false;
}

port.on('message', (call: TreeCall) => {
  if (call.kind === 'end') {
    jobs.get(call.id)?.steps.return(undefined);
    jobs.delete(call.id);
    return;
  }
  const begin = treeWork[call.kind] as (...args: unknown[]) => Generator<undefined, unknown>;
  jobs.set(call.id, { id: call.id, steps: begin(...call.args), workedMs: 0 });
  if (!working) void workAll();
});
