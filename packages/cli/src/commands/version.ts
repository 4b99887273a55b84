import { slipwayVersion } from '@slipway/config';
import type { CliCommand } from '../grammar/cli-command.js';
import { print } from '../output.js';

export function addVersion(program: CliCommand): void {
  program
    .command('version')
    .description("print Slipway's version")
    .option('--json', 'one JSON object')
    .guide({
      examples: [
        ['slipway version', 'the version'],
        ['slipway version --json', 'with that of node'],
      ],
      settings: false,
    })
    .action((options: { json?: boolean }) => {
      const result = { version: slipwayVersion, node: process.version, cri: ['v1', 'v1alpha2'] };
      print(result, () => `slipway ${slipwayVersion}`, options.json);
    });
}
