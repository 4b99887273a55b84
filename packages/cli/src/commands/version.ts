import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { print } from '../output.js';
import { installationRoot } from '../supervisor/services.js';
import { examples } from './command-context.js';

export function addVersion(program: Command): void {
  program
    .command('version')
    .description("print Slipway's version")
    .option('--json', 'one JSON object')
    .addHelpText('after', examples(['slipway version', 'the version'], ['slipway version --json', 'with that of node']))
    .action((options: { json?: boolean }) => {
      const version = slipwayVersion();
      const result = { version, node: process.version, cri: ['v1', 'v1alpha2'] };
      print(result, () => `slipway ${version}`, options.json);
    });
}

export function slipwayVersion(): string {
  const manifest = readFileSync(join(installationRoot(), 'packages/cli/package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
