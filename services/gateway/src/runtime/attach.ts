import { checkStreams, requireRunning } from '../streams.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/** Answers a URL that joins a client to a container's streams; before its start as well, so that nothing is missed. */
export const attach: RuntimeRpcs['attach'] = async (gateway, request, { signal, trace }) => {
  checkStreams(request);
  const { id, handler } = await requireRunning(gateway, request.containerId, true);
  const { tty, stdin, stdout, stderr } = request;
  return await gateway.executor(handler).attach({ id, tty, stdin, stdout, stderr }, { signal, trace });
};
