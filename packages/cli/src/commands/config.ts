import { executorKeys, handlerKeys, renderToml, settingKeys, settingsInForce } from '@slipway/config';
import { print, table } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addConfig(program: CliCommand, context: CommandContext): void {
  program
    .command('config')
    .description('print the settings in force and where each came from')
    .option('--json', 'one JSON object by dotted key')
    .option('--keys', 'list every key with its default and meaning instead')
    .guide({
      examples: [
        ['slipway config', 'TOML with a comment on each value'],
        ['slipway config --json | jq .node', 'one value for a script'],
        ['slipway config --keys', 'what can be set'],
        ['SLIPWAY_LOG_LEVEL=debug slipway config', 'try a variable'],
      ],
    })
    .action((options: { json?: boolean; keys?: boolean }) => {
      if (options.keys) {
        const handlers = Object.entries(handlerKeys).map(
          ([key, facts]) => [`runtime.handlers.<name>.${key}`, facts] as const,
        );
        const executors = Object.entries(executorKeys).map(
          ([key, facts]) => [`runtime.executors.<name>.${key}`, facts] as const,
        );
        const all = [...Object.entries(settingKeys), ...handlers, ...executors];
        print(
          Object.fromEntries(all.map(([path, { type, default: value, doc }]) => [path, { type, default: value, doc }])),
          () => table(all.map(([path, { default: value, doc }]) => [path, JSON.stringify(value), doc])),
          options.json ?? false,
        );
        return;
      }
      const loaded = context.loaded();
      // TOML is for files too: only --json asks for JSON.
      print(settingsInForce(loaded), () => renderToml(loaded), options.json ?? false);
    });
}
