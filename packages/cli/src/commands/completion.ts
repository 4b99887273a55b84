import { Argument } from 'commander';
import { completionScript, type Shell, shells } from '../completion/scripts.js';
import type { CliCommand } from '../grammar/cli-command.js';

export function addCompletion(program: CliCommand): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .description('print the script by which a shell completes commands, options and the names on this node')
    .guide({
      notes: `The script asks slipway itself what may come next. Names of pods, containers, images
and executors come from the node, which has two seconds to answer, and only for users
who may ask it.`,
      examples: [
        ['slipway completion bash > /etc/bash_completion.d/slipway', 'for every user, from the next shell on'],
        ['slipway completion zsh > /usr/share/zsh/vendor-completions/_slipway', 'the same for zsh'],
        ['slipway completion fish > /etc/fish/completions/slipway.fish', 'and for fish'],
        ['. <(slipway completion bash)', 'only for this shell'],
      ],
      settings: false,
    })
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell));
    });
}
