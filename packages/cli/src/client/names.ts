import { type Container, ContainerState, type PodSandbox, PodSandboxState } from '@slipway/cri';
import type { CriClient } from '@slipway/cri-client';
import { SlipwayError } from '@slipway/errors';

/** A pod or container, by the one name that it has for people: `namespace/pod` or `namespace/pod/container`. */
export interface Named {
  kind: 'pod' | 'container';
  id: string;
  name: string;
  /** A ready pod, a running container. */
  live: boolean;
  /** The pod's id; a pod's own. */
  podId: string;
}

interface Lists {
  pods: readonly PodSandbox[];
  containers: readonly Container[];
}

export function podName({ metadata }: Pick<PodSandbox, 'metadata'>): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

/** `namespace/pod/container`; of a container without a sandbox the pod is the sandbox's id. */
export function containerName(container: Container, pods: readonly PodSandbox[]): string {
  const pod = pods.find(({ id }) => id === container.podSandboxId);
  return `${pod ? podName(pod) : container.podSandboxId}/${container.metadata?.name ?? ''}`;
}

export async function listNamed(cri: CriClient, options?: { timeoutMs?: number }): Promise<Named[]> {
  const [{ items }, { containers }] = await Promise.all([
    cri.listPodSandbox({}, options),
    cri.listContainers({}, options),
  ]);
  return namedOf({ pods: items, containers });
}

export function namedOf({ pods, containers }: Lists): Named[] {
  return [
    ...pods.map((pod): Named => {
      const live = pod.state === PodSandboxState.SANDBOX_READY;
      return { kind: 'pod', id: pod.id, name: podName(pod), live, podId: pod.id };
    }),
    ...containers.map((one): Named => {
      const live = one.state === ContainerState.CONTAINER_RUNNING;
      return { kind: 'container', id: one.id, name: containerName(one, pods), live, podId: one.podSandboxId };
    }),
  ];
}

/**
 * Those that a word means: an id, a name or an end of one (`web`, `pod/web`, `default/pod/web`), or the beginning of an
 * id where nothing has that name. The live ones among several: older attempts have the same name.
 */
export function meantBy(all: readonly Named[], word: string): Named[] {
  const ids = all.filter(({ id }) => id === word);
  const names = all.filter(({ name }) => name === word || name.endsWith(`/${word}`));
  const prefixes = /^[0-9a-f]{2,64}$/.test(word) ? all.filter(({ id }) => id.startsWith(word)) : [];
  const meant = [ids, names, prefixes].find(({ length }) => length > 0) ?? [];
  const live = meant.filter((one) => one.live);
  return live.length > 0 ? live : meant;
}

/**
 * The container that a word means, or the only container of the pod that it means.
 * @throws CONTAINER_NOT_FOUND, INVALID_REQUEST where several are meant
 */
export async function resolveContainer(cri: CriClient, word: string): Promise<string> {
  return requireContainer(await listNamed(cri), word).id;
}

export function requireContainer(all: readonly Named[], word: string): Named {
  const containers = all.filter(({ kind }) => kind === 'container');
  const meant = meantBy(containers, word);
  if (meant.length > 0) return only('container', word, meant);
  const pods = meantBy(
    all.filter(({ kind }) => kind === 'pod'),
    word,
  );
  const own = containers.filter(({ podId }) => pods.some(({ id }) => id === podId));
  const live = own.filter((one) => one.live);
  return only('container', word, live.length > 0 ? live : own);
}

/** As resolveContainer for a pod's sandbox. @throws SANDBOX_NOT_FOUND, INVALID_REQUEST */
export async function resolveSandbox(cri: CriClient, word: string): Promise<string> {
  const pods = (await listNamed(cri)).filter(({ kind }) => kind === 'pod');
  return only('pod', word, meantBy(pods, word)).id;
}

/**
 * The pod or container that a word means. A pod and its only container may be called the same, as those of
 * `slipway run` are: then the pod is meant.
 * @throws CONTAINER_NOT_FOUND, INVALID_REQUEST where several are meant
 */
export function requireNamed(all: readonly Named[], word: string): Named {
  const meant = meantBy(all, word);
  const pods = meant.filter(({ kind }) => kind === 'pod');
  const containers = meant.filter(({ kind }) => kind === 'container');
  const [pod] = pods;
  if (pods.length === 1 && pod) {
    const siblings = all.filter(({ kind, podId }) => kind === 'container' && podId === pod.id);
    if (siblings.length <= 1 && containers.every(({ podId }) => podId === pod.id)) return pod;
  }
  const [first, ...others] = meant;
  if (first && others.length === 0) return first;
  if (first) throw ambiguous('pods and containers', word, meant);
  throw new SlipwayError('CONTAINER_NOT_FOUND', `no container and no pod has the name or id ${word}`, {
    hint: 'slipway ps -a and slipway pods -a list them',
  });
}

function only(kind: Named['kind'], word: string, meant: readonly Named[]): Named {
  const [first, ...others] = meant;
  if (first && others.length === 0) return first;
  if (first) throw ambiguous(`${kind}s`, word, meant);
  const code = kind === 'pod' ? 'SANDBOX_NOT_FOUND' : 'CONTAINER_NOT_FOUND';
  throw new SlipwayError(code, `no ${kind} has the name or id ${word}`);
}

function ambiguous(kinds: string, word: string, meant: readonly Named[]): SlipwayError {
  const shown = meant.slice(0, 8).map(({ name, id }) => `${name} (${id.slice(0, 13)})`);
  const rest = meant.length > shown.length ? ` and ${meant.length - shown.length} more` : '';
  return new SlipwayError('INVALID_REQUEST', `${word} may mean ${meant.length} ${kinds}: ${shown.join(', ')}${rest}`, {
    hint: 'give a longer name, or an id',
  });
}
