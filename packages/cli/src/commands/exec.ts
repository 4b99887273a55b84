import { resolveContainer, withNode } from '../client/node.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addExec(program: CliCommand, context: CommandContext): void {
  program
    .command('exec <container> <command...>')
    .description('run a command in a running container; the exit status is its own')
    .option('-i, --stdin', "hand this terminal's or pipe's input on")
    .option('-t, --tty', 'give it a terminal')
    .passThroughOptions()
    .guide({
      exits: "where the command ran it is the command's own",
      examples: [
        ['slipway exec web ps', 'one command'],
        ['slipway exec -it 3fa9c1 sh', 'a shell, by the beginning of the id'],
        ['tar c . | slipway exec -i web tar x -C /srv', 'files into a container'],
        ['slipway exec default/web/main ls --all /', "behind the name, all options are the command's"],
        ['slipway exec web -- sh -c "ls | wc -l"', 'the same, as kubectl writes it'],
      ],
    })
    .action(async (container: string, words: string[], options: { stdin?: boolean; tty?: boolean }) => {
      const { stdin = false, tty = false } = options;
      const cmd = commandLine(words);
      process.exitCode = await withNode(context, async (cri) => {
        const containerId = await resolveContainer(cri, container);
        const { url } = await cri.exec({ containerId, cmd, stdin, tty, stdout: true, stderr: !tty });
        const { runHere } = await import('../client/terminal.js');
        return await runHere(url, { stdin, tty });
      });
    });
}

/** The command behind a name: a `--` between the two is no part of it. */
export function commandLine(words: readonly string[]): string[] {
  return words[0] === '--' ? words.slice(1) : [...words];
}
