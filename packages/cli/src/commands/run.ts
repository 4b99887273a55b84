import { SlipwayError } from '@slipway/errors';
import { Option } from 'commander';
import { withNode } from '../client/node.js';
import { print } from '../output.js';
import { podOf, type RunOptions } from '../run/pod-of.js';
import { createPod, ensureImage, removePod, runAttached } from '../run/run-pod.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';
import { commandLine } from './exec.js';

export function addRun(program: CliCommand, context: CommandContext): void {
  const collect = (word: string, before: string[]): string[] => [...before, word];
  program
    .command('run <image> [command...]')
    .description('run a container in a pod of its own; the exit status is its own')
    .option('-d, --detach', 'print its name and id, and leave it running')
    .option('-i, --interactive', "hand this terminal's or pipe's input on")
    .option('-t, --tty', 'give it a terminal')
    .option('--rm', 'remove it when it has ended')
    .option('--name <name>', 'of the pod and of the container')
    .option('--namespace <namespace>', 'of the pod', 'default')
    .addOption(
      new Option('--network <kind>', "the pod's own network, or the host's").choices(['pod', 'host']).default('pod'),
    )
    .option('-e, --env <name=value>', 'a variable; without a value that of this environment', collect, [])
    .option('-v, --volume <host:path[:ro]>', 'a file or directory of the host', collect, [])
    .option('-p, --publish <host:port>', "a port of the pod at one of the host's", collect, [])
    .option('-w, --workdir <path>', "instead of the image's")
    .option('-u, --user <uid[:gid]>', "instead of the image's; also a name")
    .option('--entrypoint <program>', "instead of the image's")
    .option('--privileged', "all capabilities and the host's devices")
    .option('--read-only', 'its root file system cannot be written to')
    .option('--handler <handler>', "the runtime handler; default: the node's")
    .addOption(
      new Option('--pull <when>', 'fetch the image').choices(['missing', 'always', 'never']).default('missing'),
    )
    .option('--json', 'with -d: one JSON object')
    .passThroughOptions()
    .guide({
      exits: "where the container ran it is the container's own; with --detach 0 once it runs",
      notes: `What it runs is a pod as any other: slipway ps, logs, exec, stop and rm know it.
A kubelet that serves this node removes pods that it does not know: run is for
nodes without one, and for nodes that are drained.`,
      examples: [
        ['slipway run --rm busybox:1.36 uname -r', 'one command'],
        ['slipway run -it --rm busybox:1.36 sh', 'a shell'],
        ['slipway run -d --name web -p 8080:80 -v /srv:/srv:ro busybox:1.36 httpd -f -h /srv', 'a service'],
        ['slipway run --rm --network host busybox:1.36 ip addr', "on the host's network"],
      ],
    })
    .action(async (image: string, words: string[], options: RunOptions) => {
      if (options.detach && (options.rm || options.interactive)) {
        throw new SlipwayError('INVALID_REQUEST', '--detach leaves nobody who could remove it or hand input on', {
          hint: 'leave --rm and -i out; slipway rm --force removes it later',
        });
      }
      const { root } = context.loaded().settings;
      const made = podOf(image, commandLine(words), options, root);
      const { name = '', namespace = '' } = made.pod.metadata ?? {};
      const logDirectory = made.pod.logDirectory ?? '';
      process.exitCode = await withNode(context, async (cri) => {
        await ensureImage(cri, image, options.pull);
        const started = await createPod(cri, made, options);
        if (!options.detach) return await runAttached(cri, started, options, logDirectory);
        try {
          await cri.startContainer({ containerId: started.containerId });
        } catch (error) {
          await removePod(cri, started.podId, logDirectory);
          throw error;
        }
        const pod = `${namespace}/${name}`;
        print({ pod, ...started }, () => `${pod}/${name} ${started.containerId}`, options.json);
        return 0;
      });
    });
}
