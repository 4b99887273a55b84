import type { CriClient } from '@slipway/cri-client';
import { SlipwayError } from '@slipway/errors';
import { parseExact } from '@slipway/json';
import { containerDetails, describe, podDetails, type VerboseInfo } from '../client/details.js';
import { listNamed, requireNamed } from '../client/names.js';
import { withNode } from '../client/node.js';
import { containerState } from '../client/states.js';
import { shortId } from '../client/units.js';
import { print } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addInspect(program: CliCommand, context: CommandContext): void {
  program
    .command('inspect <pod|container>')
    .description('show all that is known of a container, or of a pod')
    .option('--json', 'one JSON object: the status, and its configuration')
    .guide({
      examples: [
        ['slipway inspect default/web/main', 'by its name, the end of it, or the beginning of its id'],
        ['slipway inspect 3fa9c1 --json | jq .info.config', 'what it was made of'],
      ],
    })
    .action(async (name: string, { json }: { json?: boolean }) => {
      await withNode(context, async (cri) => {
        const all = await listNamed(cri);
        const { kind, id } = requireNamed(all, name);
        if (kind === 'container') await inspectContainer(cri, id, json);
        else await inspectPod(cri, id, json);
      });
    });
}

async function inspectContainer(cri: CriClient, containerId: string, json: boolean | undefined): Promise<void> {
  const { status, info } = await cri.containerStatus({ containerId, verbose: true });
  if (!status) throw new SlipwayError('CONTAINER_NOT_FOUND', 'it is gone', { object: `container ${containerId}` });
  const known = parseInfo(info);
  const sandbox = known.sandboxID ?? '';
  const { items } = await cri.listPodSandbox({ filter: { id: sandbox } });
  const pod = items[0]?.metadata;
  print(
    plain({ kind: 'container', status, info: known }),
    () => describe(containerDetails(status, known, pod ? `${pod.namespace}/${pod.name}` : sandbox)),
    json,
  );
}

async function inspectPod(cri: CriClient, podSandboxId: string, json: boolean | undefined): Promise<void> {
  const { status, info } = await cri.podSandboxStatus({ podSandboxId, verbose: true });
  if (!status) throw new SlipwayError('SANDBOX_NOT_FOUND', 'it is gone', { object: `sandbox ${podSandboxId}` });
  const { containers } = await cri.listContainers({ filter: { podSandboxId } });
  const known = parseInfo(info);
  const lines = containers.map(
    ({ id, metadata, state: now }) => `${metadata?.name ?? ''} ${shortId(id)} ${containerState(now)}`,
  );
  print(
    plain({ kind: 'pod', status, info: known, containers: containers.map(({ id }) => id) }),
    () => describe(podDetails(status, known, lines)),
    json,
  );
}

function parseInfo(info: Record<string, string>): VerboseInfo {
  return parseExact(info['info'] ?? '{}') as VerboseInfo;
}

/** 64-bit numbers as strings, as protobuf's JSON has them. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one)));
}
