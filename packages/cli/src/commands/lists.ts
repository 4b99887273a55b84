import { ContainerState, PodSandboxState } from '@slipway/cri';
import { withNode } from '../client/node.js';
import { containerState, podState } from '../client/states.js';
import { ageOf, iso, shortId } from '../client/units.js';
import { print, table } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

interface ListOptions {
  all?: boolean;
  json?: boolean;
}

/** Small listings for people; all they print is in the CRI's answers. */
export function addLists(program: CliCommand, context: CommandContext): void {
  program
    .command('ps')
    .description('list the containers that run')
    .option('-a, --all', 'also those that do not')
    .option('--json', 'one JSON array')
    .guide({
      examples: [
        ['slipway ps', 'what runs'],
        ['slipway ps -a --json', 'all, for scripts'],
      ],
    })
    .action(async ({ all, json }: ListOptions) => {
      const { containers, items } = await withNode(context, async (cri) => ({
        ...(await cri.listContainers({})),
        ...(await cri.listPodSandbox({})),
      }));
      const pods = new Map(items.map((pod) => [pod.id, pod]));
      const rows = containers
        .filter(({ state }) => all || state === ContainerState.CONTAINER_RUNNING)
        .map(({ id, metadata, podSandboxId, state, createdAt, image }) => ({
          id,
          name: metadata?.name ?? '',
          pod: pods.get(podSandboxId)?.metadata?.name ?? podSandboxId,
          namespace: pods.get(podSandboxId)?.metadata?.namespace ?? '',
          state: containerState(state),
          attempt: String(metadata?.attempt ?? 0),
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
    .guide({
      examples: [
        ['slipway pods', 'what is ready'],
        ['slipway pods -a --json', 'all, for scripts'],
      ],
    })
    .action(async ({ all, json }: ListOptions) => {
      const { items, containers } = await withNode(context, async (cri) => ({
        ...(await cri.listPodSandbox({})),
        ...(await cri.listContainers({})),
      }));
      const runs = ({ state }: { state: ContainerState }): boolean => state === ContainerState.CONTAINER_RUNNING;
      const rows = items
        .filter(({ state }) => all || state === PodSandboxState.SANDBOX_READY)
        .map(({ id, metadata, state, createdAt, runtimeHandler }) => ({
          id,
          namespace: metadata?.namespace ?? '',
          name: metadata?.name ?? '',
          state: podState(state),
          containers: ((own) => `${own.filter(runs).length}/${own.length}`)(
            containers.filter(({ podSandboxId }) => podSandboxId === id),
          ),
          handler: runtimeHandler,
          created: iso(createdAt),
        }));
      show(rows, json);
    });
}

/** For people ids are cut, names are whole, and times are how long ago they were. */
function show(rows: readonly Row[], json: boolean | undefined): void {
  print(
    rows,
    () => {
      const [first] = rows;
      if (!first) return 'none';
      const shown = rows.map(forPeople);
      return table([
        Object.keys(forPeople(first)).map((key) => key.toUpperCase()),
        ...shown.map((row) => Object.values(row)),
      ]);
    },
    json,
  );
}

function forPeople({ id, namespace, pod, name, created, ...rest }: Row): Row {
  const whole = [namespace, pod, name].filter((part) => part !== undefined).join('/');
  const others = Object.entries(rest).map(([key, value]) => [key, value || '-']);
  return { id: shortId(id ?? ''), name: whole, ...Object.fromEntries(others), age: ageOf(created ?? '') } as Row;
}

type Row = Record<string, string>;
