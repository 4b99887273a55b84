import { addCredentialOptions, type CredentialOptions, givenCredentials } from '../../client/credentials.js';
import { withNode } from '../../client/node.js';
import { watchPull } from '../../client/pull-events.js';
import { print } from '../../output.js';
import { progressView } from '../../progress/show-progress.js';
import type { CliCommand } from '../../grammar/cli-command.js';
import type { CommandContext } from '../command-context.js';

/** A pull is as long as it is: the puller gives up by itself when no byte comes. */
const pullMs = 24 * 3600_000;

/** `slipway image pull`, and `slipway pull` for short. */
export function addPull(parent: CliCommand, context: CommandContext): void {
  const words = parent.name() === 'image' ? 'slipway image pull' : 'slipway pull';
  const command = parent
    .command('pull <image>')
    .description('fetch and unpack an image, with a bar for each layer on a terminal')
    .option('-q, --quiet', 'no progress')
    .option('--json', 'one JSON object at the end; no progress');
  addCredentialOptions(command)
    .guide({
      examples: [
        [`${words} registry.k8s.io/pause:3.10`, 'an image'],
        [`${words} busybox --json`, 'its id, for scripts'],
        [`${words} -u me --password-stdin reg.example/private < token`, 'with credentials'],
      ],
    })
    .action(async (image: string, options: CredentialOptions & { quiet?: boolean; json?: boolean }) => {
      const auth = await givenCredentials(options);
      const view = options.quiet || options.json ? undefined : progressView(process.stderr);
      const watch = view && (await watchPull(context.loaded().settings, image, (progress) => view.show(progress)));
      let id: string;
      try {
        id = await withNode(context, async (cri) => {
          return (await cri.pullImage({ image: { image }, auth }, { timeoutMs: pullMs })).imageRef;
        });
      } finally {
        await watch?.close();
        view?.end();
      }
      print({ image, id }, () => id, options.json);
    });
}
