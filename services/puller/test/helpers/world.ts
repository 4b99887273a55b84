import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '@slipway/config';
import { ContainerRecord, type ImageRecord, PullImageRequest, PullProgress, PullSecret } from '@slipway/contracts';
import type { Init } from '@slipway/protobuf';
import { isSlipwayError } from '@slipway/errors';
import { connectRecords, type Records } from '@slipway/records';
import { createLogger } from '@slipway/telemetry';
import type { StageContext } from '@slipway/stage';
import { deadlineIn } from '@slipway/time';
import { openPuller, type Puller } from '../../src/index.js';
import type { Peers } from '../../src/peers/peers.js';
import type { Scope } from './scope.js';

const log = createLogger({ stage: 'puller', level: 'silent' });

export interface WorldOptions {
  readonly redis: string;
  readonly root?: string;
  readonly node?: string;
  readonly pinned?: string[];
  readonly registryDirs?: string[];
  readonly authFile?: string;
  readonly transfer?: { noProgressMs?: number; minBytesPerSecond?: number; layerMs?: number; ranges?: number };
  readonly parallel?: number;
  readonly graceMs?: number;
  readonly peers?: (root: string) => Promise<Peers>;
  readonly signaturePolicy?: string;
  readonly verifierDir?: string;
  readonly maxVerifiers?: number;
  readonly verifierTimeoutMs?: number;
}

/** A puller in this process, on a root directory of its own and a node's name of its own. */
export interface World {
  readonly root: string;
  readonly node: string;
  readonly records: Records;
  readonly puller: Puller;
  pull(reference: string, options?: PullOptions): Promise<ImageRecord>;
  remove(id: string): Promise<void>;
  /** Whether the layer is in the store. */
  has(diffID: string): Promise<boolean>;
  addContainer(container: Init<ContainerRecord> & { id: string }): Promise<void>;
}

export interface PullOptions {
  readonly auth?: Init<PullSecret>['auth'];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

export async function openWorld(scope: Scope, options: WorldOptions): Promise<World> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'slipway-puller-test-')));
  const node = options.node ?? `test-${randomUUID()}`;
  const records = await connectRecords({ url: options.redis, node, root, log });
  const images = {
    ...loadSettings({ configPath: '/dev/null', env: {} }).settings.images,
    registryDirs: options.registryDirs ?? [],
    authFile: options.authFile ?? '/nonexistent/auth.json',
    parallel: options.parallel ?? 4,
    noProgressMs: 10_000,
    minBytesPerSecond: 1024,
    ...options.transfer,
    pinned: options.pinned ?? [],
    signaturePolicy: options.signaturePolicy ?? '',
    verifierDir: options.verifierDir ?? '',
    maxVerifiers: options.maxVerifiers ?? 10,
    verifierTimeoutMs: options.verifierTimeoutMs ?? 10_000,
  };
  const puller = await openPuller({
    settings: { root, images },
    records,
    log,
    graceMs: options.graceMs,
    peers: await options.peers?.(root),
  });
  scope.after(async () => {
    await puller.close();
    await records.close();
    if (!options.root) await rm(root, { recursive: true, force: true });
  });
  await puller.swept;
  return {
    root,
    node,
    records,
    puller,
    pull: async (reference, { auth, signal, onProgress } = {}) => {
      const context = {
        ...contextOf(signal, (bytes) => onProgress?.(PullProgress.decode(bytes))),
        secret: () => Promise.resolve(auth && PullSecret.encode({ auth })),
      };
      const answer = await puller.handlers.pullImage(PullImageRequest.create({ reference }), context);
      return answer.image as ImageRecord;
    },
    remove: async (id) => {
      await puller.handlers.removeImage({ id }, contextOf());
    },
    has: (diffID) => puller.parts.store.has(diffID),
    addContainer: (container) => records.containers.insert(container.id, ContainerRecord.create(container)),
  };
}

export function contextOf(
  signal: AbortSignal = new AbortController().signal,
  beat: (bytes: Uint8Array) => void = () => undefined,
): StageContext {
  const trace = { traceId: '0'.repeat(32), spanId: '0'.repeat(16) };
  const idle = <T>(wait: () => Promise<T>): Promise<T> => wait();
  const deadline = deadlineIn(60_000);
  const secret = (): Promise<undefined> => Promise.resolve(undefined);
  return { signal, deadline, secret, operation: '', trace, log, beat, idle, span: (_name, work) => work(trace) };
}

/** For assert.rejects: a SlipwayError of this code, whose text holds all of `parts`. */
export function failsWith(code: string, ...parts: string[]): (error: unknown) => boolean {
  return (error) => {
    if (!isSlipwayError(error) || error.code !== code) throw error;
    const text = error.describe();
    for (const part of parts) if (!text.includes(part)) throw new Error(`"${part}" is missing in: ${text}`);
    return true;
  };
}
