import { setTimeout as sleep } from 'node:timers/promises';
import { Executor, type HandlerInfo } from '@slipway/contracts';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { type Bus, stageClient } from '@slipway/stage';

/** How long an executor that has just started may try its handler out. Milliseconds. */
const probeMs = 30_000;

/** The executor's description of its handler, once its trial is over.  Throws STAGE_UNAVAILABLE, HANDLER_NOT_READY. */
export async function readyHandler(bus: Bus, name: string): Promise<HandlerInfo> {
  const executor = stageClient(bus, Executor, { handler: name });
  const end = performance.now() + probeMs;
  let handler = await executor.describe({});
  while (!handler.ready && handler.reason === 'probing' && performance.now() < end) {
    await sleep(100);
    handler = await executor.describe({});
  }
  if (!handler.ready) throw new SlipwayError('HANDLER_NOT_READY', handler.reason, { object: `handler ${name}` });
  return handler;
}

/** The same of `runtime.defaultHandler`, where auto is crun if that works, else runc. */
export async function readyDefaultHandler(bus: Bus, name: string): Promise<HandlerInfo> {
  if (name !== 'auto') return await readyHandler(bus, name);
  try {
    return await readyHandler(bus, 'crun');
  } catch (error) {
    if (!isSlipwayError(error) || !['STAGE_UNAVAILABLE', 'HANDLER_NOT_READY'].includes(error.code)) throw error;
    return await readyHandler(bus, 'runc');
  }
}
