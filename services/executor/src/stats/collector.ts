import { dirname, join } from 'node:path';
import { type CgroupReader, openCgroupReader } from '@slipway/cgroups';
import {
  type CgroupDetail,
  type CollectStatsRequest,
  type CollectStatsResponse,
  ContainerPhase,
  type ContainerRecord,
  type ContainerSample,
  SandboxPhase,
  type SandboxRecord,
  type SandboxSample,
} from '@slipway/contracts';
import type { FilesystemUsage } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { takeTurns } from '@slipway/stage';
import { nowNanos } from '@slipway/time';
import { findFacts, ownCgroup } from '../container/facts.js';
import { isLive } from '../container/phases.js';
import type { Call } from '../context.js';
import type { SandboxContext } from '../sandbox/context.js';
import { readDetail, readPodDetail } from './cgroup-detail.js';
import { type CgroupSample, sampleCgroup } from './cgroup-sample.js';
import type { CpuReading } from './cpu-rate.js';
import { fileSystemCapacity } from './file-system.js';
import { interfaceCounters, networkUsage, type PodCounters, readCounters } from './pod-network.js';
import { WritableLayers } from './writable-layers.js';

/** Milliseconds for which a sample is answered again. */
const freshMs = 1000;
/** Milliseconds that an answer waits for layers that were never walked: those of a new container are small. */
const settleMs = 50;

/** Cached samples of a cgroup. Times in milliseconds of the process's own clock. */
interface Watched {
  reader: CgroupReader | undefined;
  sample: CgroupSample;
  sampledAt: number;
  detail?: Init<CgroupDetail> | undefined;
  detailedAt: number;
  reading?: CpuReading | undefined;
}

interface Network {
  at: number;
  counters: Promise<PodCounters | undefined>;
}

type Collected = Init<CollectStatsResponse>;

/**
 * Samples of a handler's containers and sandboxes: taken when asked for, kept for a second, so that many callers share
 * one reading. The processor's rate is that between two samples.
 */
export class StatsCollector {
  readonly #watched = new Map<string, Watched>();
  readonly #networks = new Map<string, Network>();
  readonly #layers: WritableLayers;
  /** The list that was last looked through for what is gone; the records' table answers the same one while nothing changed. */
  #seen: readonly unknown[] = [];

  constructor(readonly context: SandboxContext) {
    this.#layers = new WritableLayers(context.log);
  }

  /** Ids that are not this handler's are left out, as is what cannot be read. */
  async collect(request: Init<CollectStatsRequest>, call: Pick<Call, 'signal'>): Promise<Collected> {
    const { handler, records, settings } = this.context;
    const [allContainers, allSandboxes] = await Promise.all([records.containers.list(), records.sandboxes.list()]);
    this.#forgetGone(allContainers, allSandboxes);
    const pick = <T extends { id: string; handler: string }>(all: readonly T[], ids: readonly string[] = []): T[] => {
      const wanted = new Set(ids);
      return all.filter((record) => wanted.has(record.id) && record.handler === handler);
    };
    const containers = pick(allContainers, request.containerIds).filter(
      ({ phase }) => phase > ContainerPhase.CONTAINER_INTENT,
    );
    const sandboxes = pick(allSandboxes, request.sandboxIds);
    const detail = request.detail ?? false;

    for (const record of containers) this.#writableLayer(record);
    const networks = this.#readNetworks(sandboxes);
    const answer = { containers: [] as Init<ContainerSample>[], sandboxes: [] as Init<SandboxSample>[] };
    const pause = takeTurns(call.signal);
    await this.#layers.settle(settleMs);
    for (const record of containers) {
      await pause();
      answer.containers.push(await this.#container(record, allContainers, allSandboxes, detail));
    }
    for (const record of sandboxes) {
      await pause();
      answer.sandboxes.push(await this.#sandbox(record, detail, networks.get(record.id)));
    }
    return {
      ...answer,
      containerFilesystem: detail ? fileSystemCapacity(join(settings.root, 'bundles')) : undefined,
    };
  }

  async close(): Promise<void> {
    for (const { reader } of this.#watched.values()) reader?.close();
    await this.#layers.close();
  }

  async #container(
    record: ContainerRecord,
    containers: readonly ContainerRecord[],
    sandboxes: readonly SandboxRecord[],
    detail: boolean,
  ): Promise<Init<ContainerSample>> {
    const { id, pid } = record;
    const writableLayer = this.#writableLayer(record);
    if (!isLive(record)) return { id, stats: { writableLayer } };
    const known = this.#watched.get(id);
    const watched = known ?? this.#watch(id, await this.#cgroupOf(record, containers, sandboxes));
    return {
      id,
      stats: { ...this.#sample(watched), writableLayer },
      detail: detail ? this.#detail(watched, pid) : undefined,
    };
  }

  async #sandbox(record: SandboxRecord, detail: boolean, network: Network | undefined): Promise<Init<SandboxSample>> {
    const { id } = record;
    if (record.phase !== SandboxPhase.SANDBOX_READY) return { id, stats: {} };
    const counters = await network?.counters;
    const watched = this.#watched.get(id) ?? this.#watch(id, record.cgroupParent);
    const { cpu, memory, io } = this.#sample(watched);
    const processes = watched.reader?.processes()?.length;
    return {
      id,
      stats: {
        cpu,
        memory,
        io,
        process:
          processes === undefined ? undefined : { timestamp: nowNanos(), processCount: { value: BigInt(processes) } },
        network: counters && networkUsage(counters),
      },
      ...(detail && {
        detail: this.#detail(watched),
        interfaces: counters?.interfaces.map(interfaceCounters) ?? [],
      }),
    };
  }

  /**
   * The cgroup with a container's figures. A container without processes on the host has them in its sandbox: where it
   * is the pod's only one, the pod's figures are its own; those of several cannot be separated from outside.
   */
  async #cgroupOf(
    record: ContainerRecord,
    containers: readonly ContainerRecord[],
    sandboxes: readonly SandboxRecord[],
  ): Promise<string | undefined> {
    const { context } = this;
    if (context.runtime.capabilities.hostProcesses) {
      const facts = await findFacts(context.paths, record.id, record.bundle);
      // The limits of the whole are not always its own: crun before 1.9 limits what is in the scope and not the scope.
      return facts && ownCgroup(facts);
    }
    const others = containers.filter((other) => other.sandboxId === record.sandboxId && other.id !== record.id);
    if (others.some(isLive)) return undefined;
    return sandboxes.find(({ id }) => id === record.sandboxId)?.cgroupParent;
  }

  #watch(id: string, cgroupsPath: string | undefined): Watched {
    const reader = cgroupsPath ? this.#open(cgroupsPath) : undefined;
    const watched = { reader, sample: {}, sampledAt: -Infinity, detailedAt: -Infinity };
    // An object without a cgroup may have one at the next call.
    if (reader) this.#watched.set(id, watched);
    return watched;
  }

  /** A pod may have been given a cgroup that no pod can have for its own, such as the root. */
  #open(cgroupsPath: string): CgroupReader | undefined {
    try {
      return openCgroupReader(this.context.cgroups, cgroupsPath);
    } catch (error) {
      this.context.log.debug({ err: error }, 'a cgroup cannot be sampled');
      return undefined;
    }
  }

  #sample(watched: Watched): CgroupSample {
    const now = performance.now();
    if (watched.reader && now - watched.sampledAt >= freshMs) {
      const { sample, reading } = sampleCgroup(watched.reader, watched.reading);
      Object.assign(watched, { sample, reading, sampledAt: now });
    }
    return watched.sample;
  }

  /** `pid` is that of a container's first process; a pod has none. */
  #detail(watched: Watched, pid?: number): Init<CgroupDetail> | undefined {
    const now = performance.now();
    if (watched.reader && now - watched.detailedAt >= freshMs) {
      watched.detail = pid === undefined ? readPodDetail(watched.reader) : readDetail(watched.reader, pid);
      watched.detailedAt = now;
    }
    return watched.detail;
  }

  #writableLayer({ id, bundle }: ContainerRecord): Init<FilesystemUsage> | undefined {
    const usage = bundle ? this.#layers.read(id, bundle) : undefined;
    return (
      usage && {
        timestamp: usage.timestamp,
        // As ImageFsInfo names it.
        fsId: { mountpoint: dirname(bundle) },
        usedBytes: { value: BigInt(usage.bytes) },
        inodesUsed: { value: BigInt(usage.inodes) },
      }
    );
  }

  /** A single call of the namespace thread for all pods whose counters are old. */
  #readNetworks(sandboxes: readonly SandboxRecord[]): Map<string, Network> {
    const now = performance.now();
    const pods = sandboxes.flatMap(({ id, phase, namespaces }) => {
      const netns = namespaces['net'];
      return phase === SandboxPhase.SANDBOX_READY && netns ? [{ id, netns }] : [];
    });
    const old = pods.filter(({ id }) => now - (this.#networks.get(id)?.at ?? -Infinity) >= freshMs);
    const reading = readCounters(this.context.namespaces, old).catch((error: unknown) => {
      this.context.log.warn({ err: error }, 'network counters cannot be read');
      return new Map<string, PodCounters>();
    });
    for (const { id } of old) this.#networks.set(id, { at: now, counters: reading.then((all) => all.get(id)) });
    return this.#networks;
  }

  #forgetGone(containers: readonly ContainerRecord[], sandboxes: readonly SandboxRecord[]): void {
    if (this.#seen[0] === containers && this.#seen[1] === sandboxes) return;
    this.#seen = [containers, sandboxes];
    const ids = new Set(containers.map(({ id }) => id));
    this.#layers.keep(ids);
    const { hostProcesses } = this.context.runtime.capabilities;
    const live = new Set([...containers.filter(isLive), ...sandboxes.filter(isReady)].map(({ id }) => id));
    for (const id of this.#watched.keys()) {
      // A container without processes on the host shares figures, with others whenever the pod's containers change.
      if (live.has(id) && (hostProcesses || !ids.has(id))) continue;
      this.#watched.get(id)?.reader?.close();
      this.#watched.delete(id);
    }
    for (const id of this.#networks.keys()) if (!live.has(id)) this.#networks.delete(id);
  }
}

function isReady({ phase }: SandboxRecord): boolean {
  return phase === SandboxPhase.SANDBOX_READY;
}
