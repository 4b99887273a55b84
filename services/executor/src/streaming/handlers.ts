import type { Executor } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { StageHandlers } from '@slipway/stage';
import type { SandboxContext } from '../sandbox/context.js';
import { attach } from './attach.js';
import { exec } from './exec.js';
import { portForward, readySandbox } from './port-forward.js';
import { runningContainer } from './running-container.js';
import type { Streaming } from './server.js';

/** The calls that return a URL. Their object is looked up now, and again when a client connects. */
export function streamingHandlers(
  context: SandboxContext,
  streaming: Streaming,
): Pick<StageHandlers<typeof Executor>, 'exec' | 'attach' | 'portForward'> {
  return {
    exec: async (request) => {
      const object = `container ${request.id}`;
      if (request.command.length === 0) throw new SlipwayError('INVALID_REQUEST', 'the command is empty', { object });
      await runningContainer(context, request.id);
      const { stdin, stdout, stderr, tty } = request;
      const handler = exec.bind(undefined, context, request);
      return { url: await streaming.issue({ kind: 'exec', object, stdin, stdout, stderr, tty, handler }) };
    },
    attach: async (request) => {
      await runningContainer(context, request.id, true);
      const { stdin, stdout, stderr, tty } = request;
      const handler = attach.bind(undefined, context, request);
      const object = `container ${request.id}`;
      return { url: await streaming.issue({ kind: 'attach', object, stdin, stdout, stderr, tty, handler }) };
    },
    portForward: async ({ sandboxId, ports }) => {
      const handler = portForward(context, await readySandbox(context, sandboxId));
      const object = `sandbox ${sandboxId}`;
      return { url: await streaming.issue({ kind: 'portforward', object, ports, handler }) };
    },
  };
}
