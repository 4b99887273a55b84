import { handOver } from '../../client/hand-over.js';
import { withPuller } from '../../client/operator.js';
import { print } from '../../output.js';
import { progressView } from '../../progress/show-progress.js';
import type { CliCommand } from '../../grammar/cli-command.js';
import type { CommandContext } from '../command-context.js';

/** A load is as long as it is; a puller that is silent is noticed by its beats. */
const loadMs = 24 * 3600_000;

export function addImageLoad(parent: CliCommand, context: CommandContext): void {
  parent
    .command('load')
    .description('make the images of an archive present: docker save or OCI, plain or with gzip or zstd')
    .option('-i, --input <file>', 'the archive; left out or -, it is read from standard input')
    .option('-n, --name <repository>', 'for images that have only a tag in the archive, or no name')
    .option('-q, --quiet', 'no progress')
    .option('--json', 'one JSON array at the end; no progress')
    .guide({
      examples: [
        ['slipway image load -i busybox.tar.gz', 'a file'],
        ['docker save busybox | slipway image load', 'from Docker'],
        ['slipway image load -i oci.tar --name reg.example/app', 'an archive that has only tags'],
      ],
    })
    .action(async (options: { input?: string; name?: string; quiet?: boolean; json?: boolean }) => {
      const { settings } = context.loaded();
      const view = options.quiet || options.json ? undefined : progressView(process.stderr);
      const { PullProgress } = await import('@slipway/contracts');
      const archive = await handOver(options.input, settings);
      try {
        const { images } = await withPuller(settings, (puller) =>
          puller.loadImages(
            { path: archive.path, name: options.name ?? '' },
            { timeoutMs: loadMs, onBeat: (bytes) => view?.show(PullProgress.decode(bytes)) },
          ),
        );
        view?.end();
        const loaded = images.map(({ id, repoTags }) => ({ id, repoTags }));
        const nameless = 'no name: give one with --name, or use the id';
        const human = (): string =>
          loaded.map(({ id, repoTags }) => `${id} ${repoTags.join(' ') || `(${nameless})`}`).join('\n');
        print(loaded, human, options.json);
      } finally {
        view?.end();
        archive.close();
      }
    });
}
