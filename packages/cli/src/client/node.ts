import { ContainerState, PodSandboxState } from '@slipway/cri';
import { criClient, type CriClient, statusName } from '@slipway/cri-client';
import { type ErrorCode, SlipwayError } from '@slipway/errors';
import type { CommandContext } from '../commands/command-context.js';

/** A gateway's statuses as the codes that a person sees; the text is the gateway's own. */
const codes: Record<string, ErrorCode> = {
  UNAVAILABLE: 'STAGE_UNAVAILABLE',
  NOT_FOUND: 'CONTAINER_NOT_FOUND',
  INVALID_ARGUMENT: 'INVALID_REQUEST',
  FAILED_PRECONDITION: 'CONTAINER_STATE',
};

/** Runs a command against the gateway's CRI socket. Throws SlipwayError with the gateway's text. */
export async function withNode<T>(context: CommandContext, work: (cri: CriClient) => Promise<T>): Promise<T> {
  const { socket } = context.loaded().settings.gateway;
  const cri = criClient(socket);
  try {
    return await work(cri);
  } catch (error) {
    const { details } = error as { details?: string };
    if (details === undefined) throw error;
    throw new SlipwayError(codes[statusName(error)] ?? 'INTERNAL', details, { object: socket, cause: error });
  } finally {
    cri.close();
  }
}

/**
 * The container that a word means: an id, the beginning of one, or a name, of which the one that runs is taken.
 * @throws CONTAINER_NOT_FOUND, INVALID_REQUEST when several are meant
 */
export async function findContainer(cri: CriClient, word: string): Promise<string> {
  const { containers } = await cri.listContainers({});
  const meant = containers.filter(({ id, metadata }) => id.startsWith(word) || metadata?.name === word);
  const running = meant.filter(({ state }) => state === ContainerState.CONTAINER_RUNNING);
  return only('container', word, running.length > 0 ? running : meant);
}

/** As findContainer for a pod's sandbox. */
export async function findSandbox(cri: CriClient, word: string): Promise<string> {
  const { items } = await cri.listPodSandbox({});
  const meant = items.filter(({ id, metadata }) => id.startsWith(word) || metadata?.name === word);
  const ready = meant.filter(({ state }) => state === PodSandboxState.SANDBOX_READY);
  return only('pod', word, ready.length > 0 ? ready : meant);
}

function only(kind: 'container' | 'pod', word: string, meant: readonly { id: string }[]): string {
  const [first, ...others] = meant;
  if (first && others.length === 0) return first.id;
  if (first) throw new SlipwayError('INVALID_REQUEST', `${meant.length} ${kind}s are called ${word}: give an id`);
  const code = kind === 'pod' ? 'SANDBOX_NOT_FOUND' : 'CONTAINER_NOT_FOUND';
  throw new SlipwayError(code, `no ${kind} has the name or id ${word}`);
}
