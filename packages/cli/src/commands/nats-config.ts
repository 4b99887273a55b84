import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { print } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addNatsConfig(program: CliCommand, context: CommandContext): void {
  program
    .command('nats-config')
    .description('write keys and a nats-server configuration for a NATS that slipway up does not run')
    .requiredOption('--out <directory>', 'where nats.conf and keys/<role>.nk go; keys that are there are kept')
    .option('--listen <address:port>', 'where that server listens', '127.0.0.1:4222')
    .option('--json', 'one JSON object')
    .guide({
      examples: [
        ['slipway nats-config --out /etc/slipway/nats', 'for a server on this node'],
        [
          'slipway nats-config --out ./nats --listen 0.0.0.0:4222 --node compose',
          'for a container, node named compose',
        ],
      ],
    })
    .action(async (options: { out: string; listen: string; json?: boolean }) => {
      const { settings } = context.loaded();
      const directory = resolve(options.out);
      mkdirSync(directory, { recursive: true });
      const { ensureKeys, natsConfig } = await import('@slipway/supervisor/access');
      const keys = ensureKeys(directory);
      const config = join(directory, 'nats.conf');
      const { node, nats } = settings;
      const text = natsConfig({ node, keys, listen: options.listen, maxPayloadBytes: nats.maxPayloadBytes });
      writeFileSync(config, text, { mode: 0o644 });
      const result = { config, keys: Object.fromEntries(keys.map(({ role, file }) => [role, file])) };
      print(result, () => [config, ...keys.map(({ file }) => file)].join('\n'), options.json);
    });
}
