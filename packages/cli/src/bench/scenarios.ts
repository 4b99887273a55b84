import { SlipwayError } from '@slipway/errors';
import type { PodShape, Scenario, WatchedProcess } from '@slipway/load';
import type { CommandContext } from '../commands/command-context.js';
import { readUpState } from '../supervisor/state-file.js';
import type { BenchStage } from './stages.js';

/** The command's options as commander hands them over. */
export interface BenchOptions {
  rate?: string;
  concurrency?: string;
  duration: string;
  warmUp: string;
  requests: string;
  maxInFlight: string;
  expectedInterval?: string;
  operation: string[];
  socket: string[];
  pid: string[];
  handler?: string;
  image?: string;
  hostNetwork?: boolean;
  pods: string;
  exec: string;
}

/** The targets of a load test, one after the other. */
export async function* scenarios(
  stage: BenchStage,
  options: BenchOptions,
  context: CommandContext,
): AsyncGenerator<Scenario> {
  const { settings } = context.loaded();
  const { CriScenario, criOperationNames } = await import('@slipway/load');
  const operations = chosen(options.operation, criOperationNames, [stage === 'cri' ? 'pod' : 'list']);
  if (stage === 'gateway' && options.socket.length > 0) {
    throw new SlipwayError('INVALID_REQUEST', '--socket is for slipway bench cri', {
      hint: 'the gateway is that of the settings: --gateway.socket names another',
    });
  }
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

/** Every process of the node that `slipway up` runs; undefined where it does not run here. */
export function nodeProcesses(
  state: string,
  name: (name: string) => boolean = () => true,
): WatchedProcess[] | undefined {
  const up = readUpState(state);
  return up?.processes.flatMap((one) =>
    one.pid !== undefined && name(one.name) ? [{ name: one.name, pid: one.pid }] : [],
  );
}

/** @throws SlipwayError INVALID_REQUEST that lists the known ones */
export function chosen<T extends string>(asked: readonly string[], known: readonly T[], preset: readonly T[]): T[] {
  for (const name of asked) {
    if ((known as readonly string[]).includes(name)) continue;
    throw new SlipwayError('INVALID_REQUEST', `${name} is no operation of this stage`, {
      hint: `use ${known.join(', ')}`,
    });
  }
  return asked.length > 0 ? (asked as T[]) : [...preset];
}
