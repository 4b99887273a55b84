import { parentPort } from 'node:worker_threads';
import { namespaceOperations } from './namespace-operations.js';
import type { ThreadCall, ThreadReply } from './namespace-protocol.js';
import { rememberHome, StrandedError } from './namespace-switch.js';
import { describeError } from '../thread-errors.js';

// The body of the worker thread; namespaces.ts starts it.

const port = parentPort;
if (!port) throw new Error('namespace-worker is the body of a worker thread; it is not started by itself');
rememberHome();

port.on('message', (call: ThreadCall) => {
  const operation = namespaceOperations[call.operation] as (request: unknown) => unknown;
  try {
    port.postMessage({ id: call.id, result: operation(call.request) } satisfies ThreadReply);
  } catch (error) {
    const stranded = error instanceof StrandedError;
    port.postMessage({ id: call.id, error: describeError(error), stranded } satisfies ThreadReply);
    // A thread outside of the host's namespaces may not take another call.
    if (stranded) port.close();
  }
});
