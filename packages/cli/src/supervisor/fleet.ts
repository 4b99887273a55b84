import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadedSettings } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import type { Logger } from '@slipway/telemetry';
import type { HeldSockets, SocketPlan } from './held-sockets.js';
import { supervisorMark } from './orphan-services.js';
import { type ProcessObserver, type ProcessSpec, SupervisedProcess } from './process.js';
import { ProcessGroup } from './process-group.js';
import { type Endpoints, type GroupPlan, groupPlans, missingExecutors, serviceSpec } from './services.js';
import { StateFile } from './state-file.js';

export interface FleetParts {
  loaded: LoadedSettings;
  endpoints: Endpoints;
  log: Logger;
  sockets: HeldSockets;
  output?: ((line: string) => void) | undefined;
  observer?: Omit<ProcessObserver, 'changed'>;
}

/** Every process of a node: its servers, and the groups of its services. Each change is told in <state>/up.json. */
export class Fleet {
  readonly servers: SupervisedProcess[] = [];
  readonly #groups = new Map<string, ProcessGroup>();
  /** Which offset from http.port each process has. */
  readonly #ports = new Map<SupervisedProcess, number>();
  /** What processes are started by from now on. */
  loaded: LoadedSettings;
  #ready = false;
  #stopping = false;

  readonly #stateFile: StateFile;

  constructor(readonly parts: FleetParts) {
    this.loaded = parts.loaded;
    this.#stateFile = new StateFile(parts.loaded.settings.state, parts.log);
  }

  get groups(): ProcessGroup[] {
    return [...this.#groups.values()];
  }

  group(name: string): ProcessGroup | undefined {
    return this.#groups.get(name);
  }

  async startServers(specs: readonly ProcessSpec[]): Promise<void> {
    for (const spec of specs) this.servers.push(this.#supervise(spec, false));
    await Promise.all(this.servers.map((server) => server.start()));
  }

  /** Starts what the settings ask for; resolves when all of it is up. */
  async startServices(): Promise<void> {
    const { settings } = this.loaded;
    for (const { name, path } of missingExecutors(settings)) {
      this.parts.log.info({ executor: name, path }, 'runtime is not installed and is left out');
    }
    await Promise.all(groupPlans(settings).map((plan) => this.addGroup(plan).scaleTo(plan.instances)));
    if (this.#stopping) return;
    this.#ready = true;
    this.changed();
  }

  /** A group without processes yet. */
  addGroup(plan: GroupPlan, drained = plan.drained): ProcessGroup {
    const make = (group: GroupPlan, instance: number, isDrained: boolean): SupervisedProcess => {
      if (this.#stopping) throw new SlipwayError('CANCELLED', 'slipway up is ending');
      const port = this.#freePort();
      const { loaded } = this;
      const specNow = (): ProcessSpec => serviceSpec(loaded, this.parts.endpoints, group, instance, port.number);
      const spec = specNow();
      const argsNow = (): readonly string[] => specNow().args;
      // The next supervisor finds those by it that did not end with this one.
      const env = { ...spec.env, [supervisorMark]: this.loaded.settings.state };
      const needs = (signal: AbortSignal): Promise<void> => this.#serversUp(signal);
      const openSocket = (socket: SocketPlan): Promise<number> => this.parts.sockets.open(socket);
      const process = this.#supervise({ ...spec, argsNow, env, needs, openSocket }, isDrained);
      this.#ports.set(process, port.offset);
      return process;
    };
    const served = new Set<string>();
    const changed = (): void => {
      const now = new Set(group.processes.flatMap(({ spec }) => (spec.sockets ?? []).map(({ path }) => path)));
      for (const path of served) if (!now.has(path) && !this.#stopping) this.parts.sockets.release(path);
      for (const path of now) served.add(path);
      this.changed();
    };
    const group = new ProcessGroup(plan, make, changed, drained);
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
    for (const process of this.#ports.keys()) if (!living.has(process)) this.#ports.delete(process);
    this.#stateFile.write({
      pid: process.pid,
      node: settings.node,
      socket: settings.gateway.socket,
      nats: endpoints.natsUrl,
      redis: endpoints.redisUrl,
      ready: this.#ready,
      processes: processes.map(({ spec, pid, state, restarts, http }) => {
        return { name: spec.name, pid, state, restarts, http };
      }),
    });
  }

  async #serversUp(signal: AbortSignal): Promise<void> {
    while (this.servers.some(({ state }) => state !== 'ready')) await sleep(20, undefined, { signal });
  }

  #supervise(spec: ProcessSpec, drained: boolean): SupervisedProcess {
    const { log, output, observer } = this.parts;
    const { hungMs } = this.loaded.settings.up;
    return new SupervisedProcess(
      { ...spec, hungMs },
      log,
      { ...observer, changed: () => this.changed() },
      output,
      drained,
    );
  }

  /** With http.port 0 any free one; else each process has the next that no other has. */
  #freePort(): { number: number; offset: number } {
    const taken = new Set(this.#ports.values());
    let offset = 0;
    while (taken.has(offset)) offset++;
    const { port } = this.loaded.settings.http;
    return { number: port === 0 ? 0 : port + offset, offset };
  }
}
