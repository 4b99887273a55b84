import { constants, existsSync } from 'node:fs';
import { type LoadedSettings, servedHandlers } from '@slipway/config';
import { stageNames } from '@slipway/stages';
import { isDenied } from '@slipway/node-client/access';
import { listNamed, type Named } from '../client/names.js';
import { shortId } from '../client/units.js';
import { withSupervisor } from '../client/supervisor.js';
import type { ValueSource } from '../grammar/placeholders.js';
import { levels } from '@slipway/executor-testsuite/level';
import type { Candidate, Sources } from './complete.js';

/**
 * Names of a node's objects. A user who may not ask, and a node that does not answer within the deadline, has
 * nothing: somebody who types waits for no longer than that.
 * @param deadlineMs for one answer of the node
 */
export function nodeSources(loaded: LoadedSettings, deadlineMs: number): Sources {
  const { settings } = loaded;
  return async (source, beginning) => {
    switch (source) {
      case 'handlers':
        return servedHandlers(settings).map((value) => ({ value }));
      case 'levels':
        return levels.map((value) => ({ value }));
      case 'stages':
        return [...stageNames, ...servedHandlers(settings).map((name) => `executor.${name}`)].map((stage) => ({
          value: `${stage}=`,
        }));
      case 'executors':
        return await executors(loaded, deadlineMs);
      case 'images':
        return await withSocket(settings.gateway.socket, (socket) => images(socket, beginning, deadlineMs));
      case 'containers':
      case 'pods':
      case 'podsAndContainers':
        return await withSocket(settings.gateway.socket, (socket) => named(socket, source, beginning, deadlineMs));
      default:
        return [];
    }
  };
}

async function withSocket(
  socket: string,
  ask: (socket: string) => Promise<Candidate[]>,
): Promise<readonly Candidate[]> {
  return existsSync(socket) && !isDenied(socket, constants.W_OK) ? await ask(socket) : [];
}

async function executors(loaded: LoadedSettings, timeoutMs: number): Promise<Candidate[]> {
  const context = { loaded: () => loaded, reload: () => loaded };
  const { instances } = await withSupervisor(context, (supervisor) => supervisor.listExecutors({}, { timeoutMs }));
  const about = new Map(instances.map(({ executor, handler, state }) => [executor, `${handler}, ${state}`]));
  return [...about].map(([value, words]) => ({ value, about: words }));
}

async function named(socket: string, source: ValueSource, beginning: string, timeoutMs: number): Promise<Candidate[]> {
  const { criClient } = await import('@slipway/cri-client');
  const cri = criClient(socket);
  try {
    const all = await listNamed(cri, { timeoutMs });
    const wanted = all.filter(({ kind }) => source === 'podsAndContainers' || source === `${kind}s`);
    return namesStarting(wanted, beginning);
  } finally {
    cri.close();
  }
}

/**
 * The words for pods and containers: whole names, an end of a name where that begins as the word does, and ids where
 * no name does. Each word once, and those that are live first.
 */
export function namesStarting(all: readonly Named[], beginning: string): Candidate[] {
  const words = new Map<string, string>();
  for (const one of all.toSorted((a, b) => Number(b.live) - Number(a.live))) {
    const parts = one.name.split('/');
    const ends = parts.map((_part, at) => parts.slice(at).join('/'));
    const word = ends.find((end) => end.startsWith(beginning));
    const about = `${one.kind} ${shortId(one.id)}${one.live ? '' : ', not running'}`;
    if (word !== undefined && !words.has(word)) words.set(word, about);
  }
  if (words.size === 0) for (const { id, name } of all) if (id.startsWith(beginning)) words.set(shortId(id), name);
  return [...words].map(([value, about]) => ({ value, about }));
}

async function images(socket: string, beginning: string, timeoutMs: number): Promise<Candidate[]> {
  const { criClient } = await import('@slipway/cri-client');
  const cri = criClient(socket);
  try {
    const { images: all } = await cri.listImages({}, { timeoutMs });
    const words = new Map<string, string>();
    for (const { id, repoTags } of all) {
      for (const tag of repoTags) {
        // As people write it, and in whole where they began to.
        const short = tag.replace(/^docker\.io\/(?:library\/)?/, '');
        const word = [short, tag].find((one) => one.startsWith(beginning));
        if (word !== undefined) words.set(word, shortId(id));
      }
      const bare = id.replace(/^sha256:/, '');
      if (words.size === 0 && beginning !== '' && bare.startsWith(beginning)) words.set(shortId(id), repoTags[0] ?? '');
    }
    return [...words].map(([value, about]) => ({ value, about }));
  } finally {
    cri.close();
  }
}
