import { statfs } from 'node:fs/promises';
import type { Init } from '@slipway/protobuf';
import { type PullImageRequest, type PullImageResponse, PullProgress } from '@slipway/contracts';
import { isSlipwayError, SlipwayError, toSlipwayError } from '@slipway/errors';
import { canonicalString, parseReference } from '@slipway/registry';
import type { StageContext } from '@slipway/stage';
import { Limit } from '@slipway/time';
import { type BlobSource, registrySource, type RegistrySourceOptions } from './blob-source.js';
import { type ImagePlan, planImage } from './image-plan.js';
import type { LayerRequest } from './layer-parts.js';
import { credentialsOf } from './credentials-of.js';
import { followSync, makePresent } from './make-present.js';
import { Progress } from './progress.js';
import type { PullerParts } from '../parts.js';
import { verifyPull } from '../verify/verify-pull.js';

/** Signatures and verifier programs that take longer than this wait for somebody, ms. */
const verifyMs = 1000;

/**
 * Makes the image of a reference present: resolve, verify, fetch, unpack, record.
 *
 * Nothing is visible before its digest matched, and the record is written last. A pull that is
 * repeated, here or in another process, finds the layers that are there and goes on with the
 * bytes of those that are not.
 */
export async function pullImage(
  parts: PullerParts,
  request: PullImageRequest,
  context: StageContext,
): Promise<Init<PullImageResponse>> {
  const reference = parseReference(request.reference);
  const object = `image ${canonicalString(reference)}`;
  const log = context.log.child({ image: canonicalString(reference), ...(request.pod ? { pod: request.pod } : {}) });
  using limit = new Limit({ signals: [context.signal, parts.closing] });
  const { signal } = limit;
  const tell = (beat: PullProgress): void => {
    context.beat(PullProgress.encode(beat));
    parts.publish(beat);
  };
  const progress = new Progress(request.reference, tell, parts.stats);
  const started = performance.now();
  try {
    const credentials = await credentialsOf(context);
    const call = { reference, credentials, signal };
    const targets = await parts.registry.targets(reference, { signal, ...(credentials ? { credentials } : {}) });
    // A pull waits for registries, and its layers have places of their own: it holds no place of the stage.
    const plan = await context.idle(() =>
      context.span('resolve', () => planImage(parts, { reference, targets, signal })),
    );
    const verify = (): Promise<void> => context.span('verify', () => verifyPull(parts.verify, plan, { ...call, log }));
    await context.idle(verify, verifyMs);
    const source = await sourceOf(parts, plan, { reference, targets, signal, transfer: parts.transfer, log });
    const span = <T>(name: string, work: () => Promise<T>): Promise<T> => context.span(name, work);
    const share = reference.registry;
    const options = { signal, targets };
    const layers: LayerRequest = {
      ...{ share, source, signal, progress, span, proved: plan.proved },
      origin: { open: targets.every(({ credentials }) => !credentials), preloaded: false },
      hasBlob: (digest) => parts.registry.hasBlob(reference, digest, options),
    };
    const image = await context.idle(() => makePresent(parts, plan, layers));
    followSync(parts, progress);
    log.info({ id: image.id, ms: Math.round(performance.now() - started) }, 'image is present');
    return { image };
  } catch (thrown) {
    const error = await explained(thrown, signal, object, parts.root);
    progress.failed(error);
    throw error;
  }
}

/** Other nodes before the registry, where blobs are shared. */
async function sourceOf(
  parts: PullerParts,
  { layers }: ImagePlan,
  options: RegistrySourceOptions & { readonly signal: AbortSignal },
): Promise<BlobSource> {
  const { peers, store, registry } = parts;
  if (!peers) return registrySource(registry, options);
  const onFetched = (bytes: number): void => void (peers.counts.fromRegistry += bytes);
  const there = await Promise.all(layers.map(({ diffID }) => store.has(diffID)));
  const missing = layers.filter((_, at) => !there[at]).map(({ blob }) => blob);
  return peers.before(registrySource(registry, { ...options, onFetched }), missing, options.signal);
}

/** The caller's error: cancelled when nobody waits any more, and always with its object. */
export async function explained(thrown: unknown, signal: AbortSignal, object: string, root: string): Promise<unknown> {
  if (signal.aborted) {
    const reason = signal.reason as Error;
    if (isSlipwayError(reason)) return reason;
    return new SlipwayError('CANCELLED', `the pull was stopped: ${reason.message}`, { object, cause: thrown });
  }
  const error = toSlipwayError(thrown, 'INTERNAL', { object });
  if (error.code === 'DISK_FULL') {
    const room = await statfs(root).catch(() => undefined);
    const free = room
      ? ` (${room.bavail * room.bsize} bytes and ${room.ffree} inodes are free now that what was half-made is gone)`
      : '';
    return new SlipwayError('DISK_FULL', `the file system of ${root} is full${free}: ${error.message}`, {
      object: error.object ?? object,
      hint: `make room on the file system of ${root}, for example by removing unused images, and pull again`,
      cause: error.cause ?? error,
    });
  }
  if (error.object !== undefined) return error;
  return new SlipwayError(error.code, error.message, { object, hint: error.hint, cause: error.cause });
}
