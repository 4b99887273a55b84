import type { CriClient } from '@slipway/cri-client';
import { SlipwayError } from '@slipway/errors';
import { listNamed, type Named, requireNamed } from '../client/names.js';
import { withNode } from '../client/node.js';
import { removeNamed, stopNamed } from '../client/removal.js';
import { print } from '../output.js';
import { graceSeconds } from '../run/run-pod.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';
import { count } from './executors.js';

interface Chosen {
  all?: boolean;
  json?: boolean;
}

/** Commands to end a pod or a container without a kubelet and without crictl. */
export function addRemoval(program: CliCommand, context: CommandContext): void {
  program
    .command('stop [pod|container...]')
    .description('stop containers, or pods with all of theirs')
    .option('-t, --time <seconds>', 'from SIGTERM to SIGKILL', String(graceSeconds))
    .option('-a, --all', 'every pod of this node')
    .option('--json', 'one JSON array')
    .guide({
      examples: [
        ['slipway stop default/web', 'a pod'],
        ['slipway stop -t 60 default/web/main', 'one of its containers, which has a minute'],
      ],
    })
    .action(async (words: string[], options: Chosen & { time: string }) => {
      const grace = count(options.time, '--time');
      const done = await withNode(context, (cri) =>
        each(cri, words, options, (named, all) => stopNamed(cri, named, all, grace)),
      );
      print(done, () => lines(done), options.json);
    });
  program
    .command('rm [pod|container...]')
    .description('remove containers, or pods with all of theirs')
    .option('-f, --force', 'also those that run: they are killed')
    .option('-a, --all', 'every pod of this node')
    .option('--json', 'one JSON array')
    .guide({
      notes: `A kubelet makes the pods that it knows again.`,
      examples: [
        ['slipway rm default/web', 'a pod whose containers have ended'],
        ['slipway rm --force 3fa9c1', 'whatever has this id, also if it runs'],
        ['slipway rm --all --force', 'every pod'],
      ],
    })
    .action(async (words: string[], options: Chosen & { force?: boolean }) => {
      const { root } = context.loaded().settings;
      const done = await withNode(context, (cri) =>
        each(cri, words, options, (named, all) =>
          removeNamed(cri, named, all, { force: options.force ?? false, root }),
        ),
      );
      print(done, () => lines(done), options.json);
    });
}

/** All words are resolved before anything is done; several objects are handled concurrently. */
async function each(
  cri: CriClient,
  words: readonly string[],
  { all: everything }: Chosen,
  work: (named: Named, all: readonly Named[]) => Promise<void>,
): Promise<Named[]> {
  if ((words.length === 0) === !everything) {
    throw new SlipwayError('INVALID_REQUEST', 'name pods and containers, or say --all', {
      hint: 'slipway ps -a and slipway pods -a list them',
    });
  }
  const all = await listNamed(cri);
  const meant = everything ? all.filter(({ kind }) => kind === 'pod') : words.map((word) => requireNamed(all, word));
  const chosen = [...new Map(meant.map((one) => [one.id, one])).values()];
  const results = await Promise.allSettled(chosen.map((one) => work(one, all)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return chosen;
}

function lines(done: readonly Named[]): string {
  return done.length === 0 ? 'none' : done.map(({ kind, name }) => `${kind} ${name}`).join('\n');
}
