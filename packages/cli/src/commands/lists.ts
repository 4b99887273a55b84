import { ContainerState, PodSandboxState } from '@slipway/cri';
import type { Command } from 'commander';
import { withNode } from '../client/node.js';
import { print, table } from '../output.js';
import { type CommandContext, examples, settingsHelp } from './command-context.js';

interface ListOptions {
  all?: boolean;
  json?: boolean;
}

const states: Record<number, string> = {
  [ContainerState.CONTAINER_CREATED]: 'created',
  [ContainerState.CONTAINER_RUNNING]: 'running',
  [ContainerState.CONTAINER_EXITED]: 'exited',
};

/** Small listings for people; all they print is in the CRI's answers. */
export function addLists(program: Command, context: CommandContext): void {
  program
    .command('ps')
    .description('list the containers that run')
    .option('-a, --all', 'also those that do not')
    .option('--json', 'one JSON array')
    .addHelpText(
      'after',
      examples(['slipway ps', 'what runs'], ['slipway ps -a --json', 'all, for scripts']) + settingsHelp,
    )
    .action(async ({ all, json }: ListOptions) => {
      const { containers, items } = await withNode(context, async (cri) => ({
        ...(await cri.listContainers({})),
        ...(await cri.listPodSandbox({})),
      }));
      const pods = new Map(items.map(({ id, metadata }) => [id, metadata?.name ?? '']));
      const rows = containers
        .filter(({ state }) => all || state === ContainerState.CONTAINER_RUNNING)
        .map(({ id, metadata, podSandboxId, state, createdAt, image }) => ({
          id,
          name: metadata?.name ?? '',
          pod: pods.get(podSandboxId) ?? podSandboxId,
          state: states[state] ?? 'unknown',
          created: iso(createdAt),
          image: image?.userSpecifiedImage || image?.image || '',
        }));
      show(rows, json);
    });
  program
    .command('pods')
    .description('list the pods that are ready')
    .option('-a, --all', 'also those that are not')
    .option('--json', 'one JSON array')
    .addHelpText(
      'after',
      examples(['slipway pods', 'what is ready'], ['slipway pods -a --json', 'all, for scripts']) + settingsHelp,
    )
    .action(async ({ all, json }: ListOptions) => {
      const { items } = await withNode(context, (cri) => cri.listPodSandbox({}));
      const rows = items
        .filter(({ state }) => all || state === PodSandboxState.SANDBOX_READY)
        .map(({ id, metadata, state, createdAt, runtimeHandler }) => ({
          id,
          namespace: metadata?.namespace ?? '',
          name: metadata?.name ?? '',
          state: state === PodSandboxState.SANDBOX_READY ? 'ready' : 'not ready',
          handler: runtimeHandler,
          created: iso(createdAt),
        }));
      show(rows, json);
    });
  program
    .command('images')
    .description('list the images on this node')
    .option('--json', 'one JSON array')
    .addHelpText(
      'after',
      examples(['slipway images', 'a table'], ['slipway images --json', 'for scripts']) + settingsHelp,
    )
    .action(async ({ json }: ListOptions) => {
      const { images } = await withNode(context, (cri) => cri.listImages({}));
      const rows = images.map(({ id, repoTags, repoDigests, size }) => ({
        id: id.replace(/^sha256:/, ''),
        image: repoTags[0] ?? repoDigests[0] ?? '',
        size: megabytes(size),
      }));
      show(rows, json);
    });
}

/** Ids are cut for people: a beginning is as good as the whole. */
function show(rows: readonly Record<string, string>[], json: boolean | undefined): void {
  print(
    rows,
    () => {
      const [first] = rows;
      if (!first) return 'none';
      const cells = rows.map((row) =>
        Object.entries(row).map(([key, value]) => (key === 'id' ? value.slice(0, 13) : value)),
      );
      return table([Object.keys(first).map((key) => key.toUpperCase()), ...cells]);
    },
    json,
  );
}

function iso(nanoseconds: bigint): string {
  return new Date(Number(nanoseconds / 1_000_000n)).toISOString();
}

function megabytes(bytes: bigint): string {
  return `${(Number(bytes) / 1e6).toFixed(1)} MB`;
}
