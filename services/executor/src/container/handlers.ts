import type { Executor } from '@slipway/contracts';
import type { StageHandlers } from '@slipway/stage';
import type { ExecutorContext } from '../context.js';
import { createContainer } from './create.js';
import { execSync } from './exec-sync.js';
import { removeContainer } from './remove.js';
import { reopenContainerLog } from './reopen-log.js';
import { startContainer } from './start.js';
import { stopContainer } from './stop.js';
import { updateContainer } from './update.js';

type ContainerMethod =
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'updateContainer'
  | 'removeContainer'
  | 'reopenContainerLog'
  | 'execSync';

/** The container half of the Executor service. */
export function containerHandlers(context: ExecutorContext): Pick<StageHandlers<typeof Executor>, ContainerMethod> {
  return {
    createContainer: (request, call) => createContainer(context, request, call),
    startContainer: (request, call) => startContainer(context, request, call),
    stopContainer: (request, call) => stopContainer(context, request, call),
    updateContainer: (request, call) => updateContainer(context, request, call),
    removeContainer: (request, call) => removeContainer(context, request, call),
    reopenContainerLog: (request, call) => reopenContainerLog(context, request, call),
    execSync: (request, call) => execSync(context, request, call),
  };
}
