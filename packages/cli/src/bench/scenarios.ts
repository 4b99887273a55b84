import { SlipwayError } from '@slipway/errors';
import type { PodShape, Scenario } from '@slipway/load';
import type { CommandContext } from '../commands/command-context.js';
import type { BenchOptions } from './bench-options.js';
import { chosen } from './chosen.js';
import { nodeProcesses } from './node-processes.js';
import { type BenchStage, isDirect } from './stages.js';

/** The targets of a load test, one after the other. */
export async function* scenarios(
  stage: BenchStage,
  options: BenchOptions,
  context: CommandContext,
): AsyncGenerator<Scenario> {
  const { settings } = context.loaded();
  if (stage !== 'cri' && options.socket.length > 0) {
    throw new SlipwayError('INVALID_REQUEST', '--socket is for slipway bench cri', {
      hint: 'the stages are those of the node in the settings: --gateway.socket names another gateway',
    });
  }
  if (isDirect(stage)) {
    const { directScenario } = await import('./direct-scenarios.js');
    yield directScenario(stage, options, settings);
    return;
  }
  const { CriScenario, criOperationNames } = await import('@slipway/load');
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
