import type {
  ContainerRecord,
  ContainerSample,
  FilesystemCapacity,
  SandboxRecord,
  SandboxSample,
} from '@slipway/contracts';
import type { Call, Gateway } from '../context.js';

export interface Wanted {
  containers?: readonly ContainerRecord[];
  sandboxes?: readonly SandboxRecord[];
  /** Also the samples that only metrics need. */
  detail?: boolean;
}

/** Samples by id. A missing object could not be sampled. */
export interface Samples {
  containers: ReadonlyMap<string, ContainerSample>;
  sandboxes: ReadonlyMap<string, SandboxSample>;
  /** The file system of a container's writable layer, by the container's handler. */
  fileSystems: ReadonlyMap<string, FilesystemCapacity>;
}

/** Milliseconds: a kubelet's own patience with stats ends not much later. */
const TIMEOUT_MS = 10_000;

/** Asks each handler's executor for what it has of these. Fails when one of them does. */
export async function collectSamples(gateway: Gateway, wanted: Wanted, call: Call): Promise<Samples> {
  return await collect(gateway, wanted, call, (_handler, error) => {
    throw error;
  });
}

/** The same for lists: a handler whose executor does not answer must not hide the others' figures. */
export async function collectWhatAnswers(gateway: Gateway, wanted: Wanted, call: Call): Promise<Samples> {
  return await collect(gateway, wanted, call, (handler, error) => {
    call.signal.throwIfAborted();
    call.log.warn({ handler, err: error }, 'no stats of a handler');
  });
}

async function collect(
  gateway: Gateway,
  { containers = [], sandboxes = [], detail = false }: Wanted,
  call: Call,
  failed: (handler: string, error: unknown) => void,
): Promise<Samples> {
  const handlers = new Set([...containers, ...sandboxes].map(({ handler }) => handler));
  const found = { containers: new Map(), sandboxes: new Map(), fileSystems: new Map() };
  const ids = (records: readonly { id: string; handler: string }[], handler: string): string[] =>
    records.filter((record) => record.handler === handler).map(({ id }) => id);
  await Promise.all(
    [...handlers].map(async (handler) => {
      try {
        const request = { containerIds: ids(containers, handler), sandboxIds: ids(sandboxes, handler), detail };
        const answer = await gateway
          .executor(handler)
          .collectStats(request, { signal: call.signal, trace: call.trace, timeoutMs: TIMEOUT_MS });
        for (const sample of answer.containers) found.containers.set(sample.id, sample);
        for (const sample of answer.sandboxes) found.sandboxes.set(sample.id, sample);
        if (answer.containerFilesystem) found.fileSystems.set(handler, answer.containerFilesystem);
      } catch (error) {
        failed(handler, error);
      }
    }),
  );
  return found;
}
