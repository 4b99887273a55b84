import type { ExplainImageResponse } from '@slipway/contracts';
import { addCredentialOptions, type CredentialOptions, givenCredentials } from '../../client/credentials.js';
import { withPuller } from '../../client/operator.js';
import { print } from '../../output.js';
import type { CliCommand } from '../../grammar/cli-command.js';
import type { CommandContext } from '../command-context.js';

export function addImageExplain(parent: CliCommand, context: CommandContext): void {
  const command = parent
    .command('explain <image>')
    .description('tell which hosts a pull would ask, in what order, with which credentials and why; asks none')
    .option('--json', 'one JSON object');
  addCredentialOptions(command)
    .guide({
      examples: [
        ['slipway image explain busybox', 'where Docker Hub comes from on this node'],
        ['slipway image explain reg.example/x:v1 --json', 'for scripts'],
      ],
    })
    .action(async (reference: string, options: CredentialOptions & { json?: boolean }) => {
      const auth = await givenCredentials(options);
      const { PullSecret } = await import('@slipway/contracts');
      const secret = auth && PullSecret.encode({ auth });
      const answer = await withPuller(context.loaded().settings, (puller) =>
        puller.explainImage({ reference }, { secret }),
      );
      print(answer, () => explanationText(answer), options.json);
    });
}

/** An explanation for people. */
export function explanationText({ reference, hosts, warnings, passed }: ExplainImageResponse): string {
  const lines = [reference];
  for (const [at, host] of hosts.entries()) {
    lines.push(
      `${at + 1}. ${host.url}`,
      `   why          ${host.reason}`,
      `   named in     ${host.source === 'default' ? 'no file' : host.source}`,
      `   may          ${host.capabilities.join(', ') || 'nothing'}`,
      `   credentials  ${host.credentials}`,
      ...host.settings.map((setting) => `   with         ${setting}`),
    );
  }
  if (passed.length > 0) lines.push(`not there: ${passed.join(', ')}`);
  lines.push(...warnings.map((warning) => `warning: ${warning}`));
  return lines.join('\n');
}
