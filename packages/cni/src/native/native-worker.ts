import { parentPort } from 'node:worker_threads';
import { rememberHome, StrandedError } from '@slipway/linux';
import type { JsonObject } from '../list/plugin-conf.js';
import { addBridge, deleteBridge } from './bridge.js';
import { openHostPorts } from './host-ports.js';
import { addLoopback } from './loopback.js';
import { CniFailure, type PluginCall, type ThreadAnswer, type ThreadRequest } from './plugin-call.js';

// The body of the thread that carries native plugins out; plugin-thread.ts starts it.

const port = parentPort;
if (!port) throw new Error('native-worker is the body of a worker thread; it is not started by itself');
rememberHome(['net']);

port.on('message', ({ id, call }: ThreadRequest) => {
  try {
    port.postMessage({ id, result: carryOut(call) } satisfies ThreadAnswer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const stranded = error instanceof StrandedError;
    if (error instanceof CniFailure) port.postMessage({ id, failure: message } satisfies ThreadAnswer);
    else port.postMessage({ id, unexpected: message, stranded } satisfies ThreadAnswer);
    // A thread outside of the host's namespace may not take another call.
    if (stranded) port.close();
  }
});

function carryOut(call: PluginCall): JsonObject | undefined {
  if (call.conf.type === 'loopback') return call.command === 'ADD' ? addLoopback(call) : undefined;
  if (call.conf.type === 'portmap') {
    openHostPorts(call);
    return undefined;
  }
  if (call.command === 'ADD') return addOrUndo(call);
  deleteBridge(call);
  return undefined;
}

/** An interface that was there before belongs to another attachment, and stays. */
function addOrUndo(call: PluginCall): JsonObject {
  const progress = { veth: false };
  try {
    return addBridge(call, progress);
  } catch (error) {
    if (progress.veth && !(error instanceof StrandedError)) deleteBridge(call);
    throw error;
  }
}
