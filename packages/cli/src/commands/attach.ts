import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerState } from '@slipway/cri';
import type { CriClient } from '@slipway/cri-client';
import { resolveContainer, withNode } from '../client/node.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addAttach(program: CliCommand, context: CommandContext): void {
  program
    .command('attach <container>')
    .description(
      "join a running container's own output, and with -i its input, until it ends; the exit status is its own",
    )
    .option('-i, --stdin', 'hand input on')
    .option('-t, --tty', 'the container has a terminal')
    .guide({
      exits: "where the container ended it is the container's own",
      examples: [
        ['slipway attach web', 'watch it'],
        ['slipway attach -it shell', 'use a container that is a shell'],
      ],
    })
    .action(async (container: string, { stdin = false, tty = false }: { stdin?: boolean; tty?: boolean }) => {
      process.exitCode = await withNode(context, async (cri) => {
        const containerId = await resolveContainer(cri, container);
        const { url } = await cri.attach({ containerId, stdin, tty, stdout: true, stderr: !tty });
        const { runHere } = await import('../client/terminal.js');
        return (await runHere(url, { stdin, tty })) || (await exitCodeOf(cri, containerId));
      });
    });
}

/** The stream ends a moment before the container's end is recorded; it may also have been cut off from one that runs on. */
export async function exitCodeOf(cri: CriClient, containerId: string): Promise<number> {
  for (let tries = 0; tries < 40; tries++) {
    const { status } = await cri.containerStatus({ containerId });
    if (status?.state === ContainerState.CONTAINER_EXITED) return status.exitCode;
    await sleep(50);
  }
  return 0;
}
