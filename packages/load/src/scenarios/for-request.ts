import { SlipwayError } from '@slipway/errors';
import type { Settings } from '@slipway/config';
import type { Scenario } from '../scenario.js';
import type { PodShape } from './kubelet-pod.js';
import type { BenchOptions } from '../request/bench-options.js';
import { chosen } from '../request/chosen.js';
import { nodeProcesses } from '../node-processes.js';
import { type BenchStage, isDirect } from '../request/targets.js';

/** The targets of a load test, one after the other. */
export async function* benchScenarios(
  stage: BenchStage,
  options: BenchOptions,
  settings: Settings,
): AsyncGenerator<Scenario> {
  if (stage !== 'cri' && options.socket.length > 0) {
    throw new SlipwayError('INVALID_REQUEST', '--socket is for slipway bench cri', {
      hint: 'the stages are those of the node in the settings: --gateway.socket names another gateway',
    });
  }
  if (isDirect(stage)) {
    const { directScenario } = await import('../direct/direct-scenarios.js');
    yield directScenario(stage, options, settings);
    return;
  }
  const { CriScenario } = await import('./cri.js');
  const { criOperationNames } = await import('./cri-operations.js');
  const operations = chosen(options.operation, criOperationNames, [stage === 'cri' ? 'pod' : 'list']);
  const sockets = options.socket.length > 0 ? options.socket : [settings.gateway.socket];
  for (const [index, socket] of sockets.entries()) {
    const pid = options.pid[index];
    const own =
      socket.replace(/^unix:\/\//, '') === settings.gateway.socket ? nodeProcesses(settings.state) : undefined;
    const processes = pid === undefined ? own : [{ name: `pid ${pid}`, pid: Number(pid) }];
    yield new CriScenario({
      stage,
      socket,
      operations,
      shape: shapeOf(options),
      standingPods: Number(options.pods),
      execCommand: options.exec.split(' '),
      ...(processes ? { processes } : {}),
    });
  }
}

function shapeOf({ image = '', handler, hostNetwork }: BenchOptions): PodShape {
  return { image, ...(handler ? { handler } : {}), ...(hostNetwork ? { hostNetwork } : {}) };
}
