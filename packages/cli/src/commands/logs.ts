import { ContainerState } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { resolveContainer, withNode } from '../client/node.js';
import { type LogLine, readLog } from '../client/log-follower.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addLogs(program: CliCommand, context: CommandContext): void {
  program
    .command('logs <container>')
    .description("print a container's log; its stderr goes to stderr")
    .option('-f, --follow', 'go on until the container ends')
    .option('--tail <lines>', 'only the last lines')
    .option('--timestamps', 'with the time of each line')
    .guide({
      examples: [
        ['slipway logs web', 'all of it'],
        ['slipway logs -f web', 'follow it'],
        ['slipway logs --tail 20 --timestamps web', 'the end of it'],
      ],
    })
    .action(async (container: string, options: { follow?: boolean; tail?: string; timestamps?: boolean }) => {
      await withNode(context, async (cri) => {
        const containerId = await resolveContainer(cri, container);
        const status = async () => (await cri.containerStatus({ containerId })).status;
        const path = (await status())?.logPath ?? '';
        if (path === '')
          throw new SlipwayError('INVALID_REQUEST', 'it keeps no log', { object: `container ${containerId}` });
        const show = ({ time, stream, text }: LogLine): void => {
          const to = stream === 'stderr' ? process.stderr : process.stdout;
          to.write(options.timestamps ? `${time} ${text}` : text);
        };
        if (options.tail !== undefined && !options.follow) {
          const last: LogLine[] = [];
          for await (const line of readLog(path)) {
            last.push(line);
            if (last.length > Number(options.tail)) last.shift();
          }
          last.forEach(show);
          return;
        }
        const ended = async (): Promise<boolean> => (await status())?.state !== ContainerState.CONTAINER_RUNNING;
        for await (const line of readLog(path, options.follow ? { ended } : undefined)) show(line);
      });
    });
}
