import { SlipwayError } from '@slipway/errors';
import { Option } from 'commander';
import { print } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';
import type { BuildOptions } from '../build/options.js';

export function addBuild(program: CliCommand, context: CommandContext): void {
  program
    .command('build')
    .description('make a bundle that an OCI runtime starts, or print its config.json')
    .option('--config <file>', "the pod's configuration: a PodSandboxConfig in JSON, as crictl takes it; also --pod")
    .addOption(new Option('--pod <file>').hideHelp())
    .requiredOption('--container <file>', "the container's: a ContainerConfig")
    .option('--image <image>', "the image on this node, in place of the container's own image.image")
    .option('--image-config <file>', 'for --spec-only: an image config in JSON, in place of an image on this node')
    .option('--handler <handler>', 'the runtime handler that it is for')
    .option('-o, --output <directory>', 'where the bundle goes; a directory that is not there yet')
    .option('--json', 'one JSON object: the bundle, and how it is started')
    .option('--spec-only', 'print config.json; needs neither root nor a node, unless with --image')
    .guide({
      examples: [
        ['slipway build --config pod.json --container ctr.json --image busybox:1.36 -o /run/b', 'a bundle'],
        ['runc run --bundle /run/b one', 'start it'],
        ['slipway unbuild /run/b', 'unmount and remove it'],
        ['slipway build --config pod.json --container ctr.json --spec-only | jq .process', 'look at the spec'],
      ],
    })
    .action(
      async ({ config, ...given }: Omit<BuildOptions, 'pod'> & { config?: string; pod?: string; json?: boolean }) => {
        const pod = given.pod ?? config;
        if (pod === undefined)
          throw new SlipwayError('INVALID_REQUEST', "--config names the pod's file, and is missing");
        const options = { ...given, pod };
        if (options.specOnly) {
          const { printSpec } = await import('../build/spec-only.js');
          process.stdout.write(`${await printSpec(context.loaded().settings, options)}\n`);
          return;
        }
        const { buildBundle } = await import('../build/bundle.js');
        const bundle = await buildBundle(context.loaded().settings, options);
        print(bundle, () => `${bundle.bundle}: start it with '${bundle.start}'`, given.json);
      },
    );
  program
    .command('unbuild <directory>')
    .description('unmount and remove a bundle that slipway build made')
    .guide({ examples: [['slipway unbuild /run/b', 'this one']] })
    .action(async (directory: string) => {
      const { removeBundle } = await import('../build/bundle.js');
      await removeBundle(context.loaded().settings, directory);
    });
}
