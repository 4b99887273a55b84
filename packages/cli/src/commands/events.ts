import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerEventResponse, ContainerEventType } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { iso, shortId } from '../client/units.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

/** A gateway that restarts keeps a subscriber's place for longer than this. */
const goneMs = 60_000;
const retryMs = 500;

/** An event, as scripts get it. */
export interface EventRow {
  time: string;
  event: string;
  kind: 'pod' | 'container';
  namespace: string;
  pod: string;
  /** Empty for a pod's own event. */
  container: string;
  id: string;
  exitCode?: number;
  reason?: string;
}

export function addEvents(program: CliCommand, context: CommandContext): void {
  program
    .command('events [pod|container]')
    .description('follow what happens to pods and containers from now on, until ctrl-C')
    .option('--json', 'one JSON object a line')
    .guide({
      examples: [
        ['slipway events', 'all of it'],
        ['slipway events web', 'of the pods and containers of this name or id'],
        ['slipway events --json | jq -c .', 'for scripts'],
      ],
    })
    .action(async (name: string | undefined, { json }: { json?: boolean }) => {
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      const { socket } = context.loaded().settings.gateway;
      for await (const event of followed(socket, stop.signal)) {
        const row = eventRow(event);
        if (name !== undefined && !concerns(row, name)) continue;
        process.stdout.write(`${json ? JSON.stringify(row) : eventLine(row)}\n`);
      }
    });
}

/** Events over restarts of the gateway, at which they go on where they stopped. Throws when it stays away. */
async function* followed(socket: string, signal: AbortSignal): AsyncGenerator<ContainerEventResponse, void> {
  const { statusName, watchContainerEvents } = await import('@slipway/cri-client');
  const { fromServiceError } = await import('../client/service-error.js');
  let seenMs = 0;
  for (;;) {
    try {
      for await (const event of watchContainerEvents(socket, signal)) {
        yield event;
        seenMs = Date.now();
      }
      return;
    } catch (error) {
      const status = statusName(error);
      if (status !== 'UNAVAILABLE') throw fromServiceError(error, socket);
      seenMs ||= Date.now();
      if (Date.now() - seenMs > goneMs) {
        throw new SlipwayError('STAGE_UNAVAILABLE', 'the gateway does not answer', { object: socket, cause: error });
      }
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }
}

export function eventRow(event: ContainerEventResponse): EventRow {
  const { containerId, containerEventType, createdAt, podSandboxStatus, containersStatuses } = event;
  const [word = ''] = Object.entries(ContainerEventType).find(([, value]) => value === containerEventType) ?? [];
  const container = containersStatuses.find(({ id }) => id === containerId);
  const ended = containerEventType === ContainerEventType.CONTAINER_STOPPED_EVENT && container;
  return {
    time: iso(createdAt),
    event: word.replace(/^CONTAINER_|_EVENT$/g, '').toLowerCase(),
    kind: container ? 'container' : 'pod',
    namespace: podSandboxStatus?.metadata?.namespace ?? '',
    pod: podSandboxStatus?.metadata?.name ?? '',
    container: container?.metadata?.name ?? '',
    id: containerId,
    ...(ended ? { exitCode: ended.exitCode, reason: ended.reason } : {}),
  };
}

function concerns(row: EventRow, name: string): boolean {
  const { namespace, pod } = row;
  return (
    [`${namespace}/${pod}`, nameOf(row)].some((whole) => `/${whole}`.endsWith(`/${name}`)) || row.id.startsWith(name)
  );
}

/** As `slipway ps` and `slipway pods` write it. */
function nameOf({ namespace, pod, container }: EventRow): string {
  return [namespace, pod, ...(container === '' ? [] : [container])].join('/');
}

function eventLine(row: EventRow): string {
  const { time, event, kind, id, exitCode, reason } = row;
  const name = nameOf(row);
  const end = exitCode === undefined ? '' : `exit ${exitCode}${reason ? ` (${reason})` : ''}`;
  return `${time}  ${event.padEnd(7)}  ${kind.padEnd(9)}  ${shortId(id)}  ${name}  ${end}`.trimEnd();
}
