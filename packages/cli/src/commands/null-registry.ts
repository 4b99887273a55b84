import { once } from 'node:events';
import { SlipwayError } from '@slipway/errors';
import { print } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';

export function addNullRegistry(program: CliCommand): void {
  program
    .command('null-registry')
    .description('serve images that nobody made, on loopback, until it is interrupted: for load tests')
    .option('--listen <address:port>', 'a loopback address; port 0 is any free one', '127.0.0.1:0')
    .option('--json', 'JSON objects: where it listens, and at the end how much it served')
    .guide({
      notes: `A repository whose last part is <layers>x<kilobytes a layer> is there, with any
tag; other tags have other layers. At most 127 layers of 1 GiB. Contents do not
compress. Where it listens is the first line of the output.`,
      examples: [
        ['slipway null-registry --listen 127.0.0.1:5050', 'serve on this port'],
        ['slipway pull 127.0.0.1:5050/null/4x64:one', 'four layers of 64 KiB'],
      ],
      settings: false,
    })
    .action(async ({ listen, json }: { listen: string; json?: boolean }) => {
      const match = /^(.+):(\d{1,5})$/.exec(listen);
      if (!match) throw new SlipwayError('INVALID_REQUEST', `--listen ${listen}: write it as 127.0.0.1:5050`);
      const { startNullRegistry } = await import('@slipway/null-registry');
      const address = (match[1] as string).replace(/^\[(.*)\]$/, '$1');
      const registry = await startNullRegistry({ address, port: Number(match[2]) });
      print({ host: registry.host }, () => registry.host, json);
      const stop = new AbortController();
      await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal: stop.signal })));
      stop.abort();
      const { manifests, blobs, bytes } = registry.counts();
      await registry.stop();
      print({ manifests, blobs, bytes }, () => `served ${manifests} manifests, ${blobs} blobs, ${bytes} bytes`, json);
    });
}
