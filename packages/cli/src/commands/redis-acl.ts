import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { print } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addRedisAcl(program: CliCommand, context: CommandContext): void {
  program
    .command('redis-acl')
    .description('write users of roles for a Redis that slipway up does not run, and their passwords')
    .requiredOption('--out <directory>', 'where users.acl and keys/<role>.redis go; passwords that are there are kept')
    .option('--json', 'one JSON object')
    .guide({
      examples: [
        ['slipway redis-acl --out /etc/slipway/redis', 'users.acl is an aclfile of Redis 7 or Valkey'],
        ['slipway up --redis.url redis://… --redis.credentials /etc/slipway/redis/keys', 'services are those users'],
      ],
    })
    .action(async (options: { out: string; json?: boolean }) => {
      const { settings } = context.loaded();
      const directory = resolve(options.out);
      mkdirSync(directory, { recursive: true });
      const { noDefaultUser } = await import('@slipway/records');
      const { ensureRedisKeys } = await import('@slipway/supervisor/access');
      const keys = ensureRedisKeys(directory, settings.node);
      const acl = join(directory, 'users.acl');
      const text = [noDefaultUser, ...keys.map(({ line }) => line), ''].join('\n');
      // It only holds hashes of random passwords, so that the server's user can read it, whoever that is.
      writeFileSync(`${acl}.new`, text, { mode: 0o644 });
      renameSync(`${acl}.new`, acl);
      const result = { acl, keys: Object.fromEntries(keys.map(({ role, file }) => [role, file])) };
      print(result, () => [acl, ...keys.map(({ file }) => file)].join('\n'), options.json);
    });
}
