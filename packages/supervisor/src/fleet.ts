import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadedSettings, slipwayVersion } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import type { Logger } from '@slipway/telemetry';
import type { HeldSockets, SocketPlan } from './held-sockets.js';
import type { HandOver } from './hand-over.js';
import { statusOf } from './process-status.js';
import { supervisorMark } from './orphan-services.js';
import { type ProcessObserver, SupervisedProcess } from './process.js';
import type { ProcessRemains, ProcessSpec } from './process-spec.js';
import { type MakeProcess, ProcessGroup } from './process-group.js';
import { type Endpoints, type GroupPlan, groupPlans, missingExecutors, serviceSpec } from './services.js';
import { StateFile, type UpgradeState } from './state-file.js';

export interface FleetParts {
  loaded: LoadedSettings;
  endpoints: Endpoints;
  log: Logger;
  sockets: HeldSockets;
  /** The state that the previous supervisor in this process left. */
  handOver?: HandOver | undefined;
  output?: ((line: string) => void) | undefined;
  observer?: Omit<ProcessObserver, 'changed'>;
}

/** Milliseconds between two looks at the sessions of a process that was replaced. */
const sessionLookMs = 500;

/** Every process of a node: its servers, and the groups of its services. Each change is written to <state>/up.json. */
export class Fleet {
  readonly servers: SupervisedProcess[] = [];
  readonly #groups = new Map<string, ProcessGroup>();
  /** Which offset from http.port each process has. */
  readonly #ports = new Map<SupervisedProcess, number>();
  /** The settings of processes that are started from now on. */
  loaded: LoadedSettings;
  #upgrade: UpgradeState | undefined;
  #ready = false;
  #stopping = false;

  readonly #stateFile: StateFile;

  constructor(readonly parts: FleetParts) {
    this.loaded = parts.loaded;
    // The services are not yet this version's: a command that looks meanwhile is to know that.
    this.#upgrade = parts.handOver && { ...parts.handOver.upgrade, state: 'running' };
    this.#stateFile = new StateFile(parts.loaded.settings.state, parts.log);
  }

  get groups(): ProcessGroup[] {
    return [...this.#groups.values()];
  }

  group(name: string): ProcessGroup | undefined {
    return this.#groups.get(name);
  }

  async startServers(specs: readonly ProcessSpec[]): Promise<void> {
    const left = this.parts.handOver?.servers ?? [];
    for (const spec of specs) {
      this.servers.push(this.#supervise(spec, false, left.find(({ name }) => name === spec.name)?.remains));
    }
    await Promise.all(this.servers.map((server) => server.start()));
  }

  /** Starts what the settings ask for; resolves when all of it is up. */
  async startServices(): Promise<void> {
    const { settings } = this.loaded;
    for (const { name, path } of missingExecutors(settings)) {
      this.parts.log.info({ executor: name, path }, 'runtime is not installed and is left out');
    }
    const plans = groupPlans(settings).map((plan) => ({ plan, group: this.addGroup(plan) }));
    this.#adoptMembers();
    await Promise.all(plans.map(({ plan, group }) => group.scaleTo(plan.instances)));
    if (this.#stopping) return;
    this.#ready = true;
    this.changed();
  }

  /** Goes on with the processes that the supervisor before has started. Those of no group of ours are ended. */
  #adoptMembers(): void {
    for (const { group: name, instance, leaving, remains } of this.parts.handOver?.members ?? []) {
      const group = this.#groups.get(name);
      if (!remains.child) continue;
      if (group) group.adopt(this.#makeProcess(group.plan, instance, false, remains), instance, leaving);
      else void this.#supervise({ name, command: '', args: [] }, true, remains).end();
    }
  }

  /** State for the next supervisor in this process. Nothing is read from the processes any more. */
  handOver(): Pick<HandOver, 'servers' | 'members' | 'sockets' | 'nats'> {
    return {
      servers: this.servers.map((server) => ({ name: server.spec.name, remains: server.handOver() })),
      members: this.groups.flatMap((group) => group.handOver()),
      sockets: this.parts.sockets.all,
      nats: this.parts.endpoints.natsUrl,
    };
  }

  /** The hand-over came to nothing. */
  resume(): void {
    for (const process of [...this.servers, ...this.groups.flatMap(({ processes }) => processes)]) process.resume();
  }

  /** The last upgrade since the supervisor's start. */
  get upgrade(): UpgradeState | undefined {
    return this.#upgrade;
  }

  /** How far an upgrade is, for <state>/up.json. */
  tellUpgrade(upgrade: UpgradeState): void {
    this.#upgrade = upgrade;
    this.changed();
  }

  /** A group without processes yet. */
  addGroup(plan: GroupPlan, drained = plan.drained): ProcessGroup {
    const served = new Set<string>();
    const changed = (): void => {
      const now = new Set(group.processes.flatMap(({ spec }) => (spec.sockets ?? []).map(({ path }) => path)));
      for (const path of served) if (!now.has(path) && !this.#stopping) this.parts.sockets.release(path);
      for (const path of now) served.add(path);
      this.changed();
    };
    const make: MakeProcess = (group, instance, isDrained) => this.#makeProcess(group, instance, isDrained);
    const group = new ProcessGroup(
      plan,
      make,
      changed,
      (process, drained) => this.#untilUnused(process, drained),
      drained,
    );
    this.#groups.set(plan.name, group);
    return group;
  }

  /** Forgets a group whose processes have ended. */
  removeGroup(group: ProcessGroup): void {
    this.#groups.delete(group.plan.name);
    this.changed();
  }

  /** The private NATS has another URL: services are started again with it once it is up. */
  natsMoved(url: string): void {
    this.parts.log.warn({ nats: url }, "another program has NATS' port: it has another one, and services start again");
    this.parts.endpoints.natsUrl = url;
    this.changed();
    for (const group of this.groups) for (const process of group.processes) process.restart();
  }

  /** Gateways end first: what they are in the middle of still needs the stages. Servers end last. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#ready = false;
    const isGateway = ({ plan }: ProcessGroup): boolean => plan.stage === 'gateway';
    await Promise.all(this.groups.filter(isGateway).map((group) => group.stop()));
    await Promise.all(this.groups.filter((group) => !isGateway(group)).map((group) => group.stop()));
    await Promise.all(this.servers.map((server) => server.stop()));
    this.#stateFile.remove();
  }

  changed(): void {
    const { endpoints } = this.parts;
    const { settings } = this.loaded;
    const processes = [...this.servers, ...this.groups.flatMap((group) => group.processes)];
    const living = new Set(processes);
    const leaving = new Set(
      this.groups.flatMap((group) => group.processes.filter((one) => !group.staying.includes(one))),
    );
    for (const process of this.#ports.keys()) if (!living.has(process)) this.#ports.delete(process);
    this.#stateFile.write({
      pid: process.pid,
      node: settings.node,
      socket: settings.gateway.socket,
      nats: endpoints.natsUrl,
      redis: endpoints.redisUrl,
      ready: this.#ready,
      version: slipwayVersion,
      upgrade: this.#upgrade,
      processes: processes.map((one) => {
        const { spec, pid, state, restarts, http, version } = one;
        return { name: spec.name, pid, state, restarts, http, version, leaving: leaving.has(one) || undefined };
      }),
    });
  }

  #makeProcess(group: GroupPlan, instance: number, drained: boolean, remains?: ProcessRemains): SupervisedProcess {
    if (this.#stopping) throw new SlipwayError('CANCELLED', 'slipway up is ending');
    const port = this.#portOf(remains?.http);
    const { loaded } = this;
    const specNow = (): ProcessSpec => serviceSpec(loaded, this.parts.endpoints, group, instance, port.number);
    const spec = specNow();
    const argsNow = (): readonly string[] => specNow().args;
    // The next supervisor finds those by it that did not end with this one.
    const env = { ...spec.env, [supervisorMark]: this.loaded.settings.state };
    const needs = (signal: AbortSignal): Promise<void> => this.#serversUp(signal);
    const openSocket = (socket: SocketPlan): Promise<number | undefined> =>
      socket.shared ? this.parts.sockets.openShared(socket, () => process.restart()) : this.parts.sockets.open(socket);
    const process: SupervisedProcess = this.#supervise({ ...spec, argsNow, env, needs, openSocket }, drained, remains);
    this.#ports.set(process, port.offset);
    return process;
  }

  /** Resolves when a process is drained and has no open session any more, or up.streamsMs are over. */
  async #untilUnused(process: SupervisedProcess, drained: Promise<void>): Promise<void> {
    const { streamsMs } = this.loaded.settings.up;
    const end = performance.now() + streamsMs;
    // A call may take as long, and a client may stay on its connection.
    await Promise.race([drained.catch(() => undefined), sleep(streamsMs, undefined, { ref: false })]);
    for (let told = false; performance.now() < end && !this.#stopping; await sleep(sessionLookMs)) {
      const streams = (await statusOf(process).catch(() => undefined))?.executor?.streams ?? 0;
      if (streams === 0) return;
      if (!told)
        this.parts.log.info(
          { process: process.spec.name, pid: process.pid, streams },
          'it was replaced, and is kept while its sessions are open',
        );
      told = true;
    }
  }

  async #serversUp(signal: AbortSignal): Promise<void> {
    while (this.servers.some(({ state }) => state !== 'ready')) await sleep(20, undefined, { signal });
  }

  #supervise(spec: ProcessSpec, drained: boolean, remains?: ProcessRemains): SupervisedProcess {
    const { log, output, observer } = this.parts;
    const { hungMs } = this.loaded.settings.up;
    return new SupervisedProcess(
      { ...spec, hungMs },
      log,
      { ...observer, changed: () => this.changed() },
      output,
      drained,
      remains,
    );
  }

  /** With http.port 0 any free one; else each process has the next unused one. A running process keeps its own. */
  #portOf(http: string | undefined): { number: number; offset: number } {
    const base = this.loaded.settings.http.port;
    if (http !== undefined && base !== 0) {
      const number = Number(new URL(http).port);
      return { number, offset: number - base };
    }
    return this.#freePort();
  }

  #freePort(): { number: number; offset: number } {
    const taken = new Set(this.#ports.values());
    let offset = 0;
    while (taken.has(offset)) offset++;
    const { port } = this.loaded.settings.http;
    return { number: port === 0 ? 0 : port + offset, offset };
  }
}
