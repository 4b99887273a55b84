import { existsSync } from 'node:fs';
import type { LoadedSettings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { requireRoot } from '@slipway/node-client/access';
import { print } from '../output.js';
import { supervisorOf } from '@slipway/supervisor';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

interface ResetOptions {
  force?: boolean;
  keepImages?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

export function addReset(program: CliCommand, context: CommandContext): void {
  program
    .command('reset')
    .description('remove all that Slipway has made on this machine: before it is uninstalled, or to begin again')
    .option('--force', 'also while the node or containers run: they are ended first')
    .option('--keep-images', 'leave the images for the next start')
    .option('--dry-run', 'remove nothing: say what runs, and what would be removed')
    .option('--json', 'one JSON object')
    .guide({
      exits: '1 also when something is left',
      notes: `Pods and their networks, mounts, the bridge, firewall rules, cgroups, records, keys,
and the directories state and root go, and what commands changed in the settings.
Left are the configuration, the program and its unit, and the forwarding sysctls.`,
      examples: [
        ['slipway reset', 'on a node that has ended'],
        ['slipway reset --dry-run', 'only look'],
        ['slipway reset --force', 'whatever runs'],
        ['slipway reset --keep-images', 'begin again without pulling'],
      ],
    })
    .action(async ({ force = false, keepImages = false, dryRun = false, json = false }: ResetOptions) => {
      const loaded = context.loaded();
      if (dryRun) {
        const found = await whatRuns(loaded);
        print(found, () => describe(found), json);
        return;
      }
      requireRoot('reset');
      const { requireOwn, sweep } = await import('../reset/sweep.js');
      requireOwn(loaded.settings);
      if (!force) await refuseRunning(loaded);
      const removed: string[] = [];
      const said = (line: string): void => {
        removed.push(line);
        if (!json) process.stdout.write(`${line}\n`);
      };
      const pid = supervisorOf(loaded.settings.state);
      if (pid !== undefined) {
        const { endNode } = await import('../reset/end-node.js');
        await endNode(loaded, pid, said);
      }
      const left = await sweep(loaded, { keepImages, said });
      if (left.length > 0) process.exitCode = 1;
      print({ removed, left }, () => (left.length === 0 ? 'nothing is left' : `left:\n  ${left.join('\n  ')}`), json);
    });
}

/** @throws CONTAINER_STATE naming what runs */
async function refuseRunning(loaded: LoadedSettings): Promise<void> {
  const { supervisor: pid, containers: running } = await whatRuns(loaded);
  const containers = running.length === 0 ? '' : `containers run: ${running.join(', ')}`;
  const node = pid === undefined ? '' : `slipway up runs as pid ${pid}`;
  const reason = [node, containers].filter(Boolean).join('; ');
  if (reason === '') return;
  throw new SlipwayError('CONTAINER_STATE', reason, {
    object: loaded.settings.state,
    hint: 'end it first, after the node was drained; --force ends all of it now',
  });
}

interface Found {
  /** The pid of `slipway up`; undefined where it does not run. */
  supervisor: number | undefined;
  /** Names of the containers that run, whether a node does or not. */
  containers: string[];
  /** Directories that a reset removes. */
  directories: string[];
}

async function whatRuns({ settings: { root, state } }: LoadedSettings): Promise<Found> {
  const { runningContainers } = await import('@slipway/supervisor/host');
  return {
    supervisor: supervisorOf(state),
    containers: runningContainers({ root, state }).map(({ name }) => name),
    directories: [state, root].filter((path) => existsSync(path)),
  };
}

function describe({ supervisor, containers, directories }: Found): string {
  const lines = [
    ...(supervisor === undefined ? [] : [`slipway up runs as pid ${supervisor}`]),
    ...containers.map((name) => `container ${name} runs`),
    ...directories.map((path) => `${path} would be removed`),
  ];
  return lines.join('\n') || 'nothing is there';
}
