import { SlipwayError } from '@slipway/errors';
import { checkStreams, requireRunning } from '../streams.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Answers a URL at which a client runs a command in a container; the executor that gives it serves it. */
export const exec: RuntimeRpcs['exec'] = async (gateway, request, { signal, trace }) => {
  if (request.cmd.length === 0) throw new SlipwayError('INVALID_REQUEST', 'cmd is empty');
  checkStreams(request);
  const { id, handler } = await requireRunning(gateway, request.containerId);
  const { cmd: command, tty, stdin, stdout, stderr } = request;
  return await gateway.executor(handler).exec({ id, command, tty, stdin, stdout, stderr }, { signal, trace });
};
