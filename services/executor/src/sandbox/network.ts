import { readdirSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  type Attachment,
  attach,
  defaultList,
  detach,
  ensureForwarding,
  ensureMasquerade,
  NativePlugins,
  type NetworkList,
  type NetworkState,
  type NetworkWatch,
  overlappingInterfaces,
  type PortMapping,
  podAddresses,
  watchNetwork,
  findPlugin,
} from '@slipway/cni';
import type { Settings } from '@slipway/config';
import { type PodSandboxConfig, Protocol } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { invalidField } from '@slipway/oci-spec';
import type { Logger } from '@slipway/telemetry';
import type { Call } from '../context.js';
import { runPlugin } from './plugin-runner.js';

export interface AttachRequest {
  sandboxId: string;
  /** Path of the pinned network namespace. */
  netns: string;
  config: PodSandboxConfig;
  cgroupParent: string;
}

type Limits = Pick<Call, 'signal' | 'deadline'>;

const protocols = { [Protocol.TCP]: 'tcp', [Protocol.UDP]: 'udp', [Protocol.SCTP]: 'sctp' };
const maxPort = 65535;
const hostRulesMs = 120_000;

/**
 * The network that pods are attached to: the first CNI list of the host, followed as it changes, or
 * where there is none a list of our own with the host's rules for it.
 */
export class PodNetwork {
  readonly #settings: Pick<Settings, 'network' | 'root'>;
  readonly #log: Logger;
  readonly #own: NetworkList;
  /** Attachments of all handlers. */
  readonly cacheDir: string;
  #watch: NetworkWatch | undefined;
  #hostRules: Promise<void> | undefined;
  readonly #native: NativePlugins | undefined;

  private constructor(settings: Pick<Settings, 'network' | 'root'>, log: Logger) {
    const { own, binDirs } = settings.network;
    this.#settings = settings;
    this.#log = log;
    this.#own = defaultList({ ...own, binDirs });
    this.#native =
      settings.network.native === 'auto'
        ? new NativePlugins((reason, { command, conf, containerId }) =>
            log.warn(
              { sandbox: containerId, plugin: conf.type, command, reason },
              'a CNI plugin runs as a program: the native one failed',
            ),
          )
        : undefined;
    this.cacheDir = join(settings.root, 'cni', 'cache');
  }

  static async open(settings: Pick<Settings, 'network' | 'root'>, log: Logger): Promise<PodNetwork> {
    const network = new PodNetwork(settings, log);
    const { confDir, binDirs } = settings.network;
    network.#watch = await watchNetwork({ confDir, binDirs }, (state) => network.#changed(state));
    return network;
  }

  /** Whether a pod could be attached now, and why not. */
  status(): { ready: boolean; reason: string } {
    try {
      this.#list();
      return { ready: true, reason: '' };
    } catch (error) {
      return { ready: false, reason: (error as Error).message };
    }
  }

  /** Attaches a sandbox. Returns its addresses, the primary one first. Leftovers of a failure are undone or remembered. */
  async attach({ sandboxId, netns, config, cgroupParent }: AttachRequest, limits: Limits): Promise<string[]> {
    const list = this.#list();
    if (list.own) await this.#ensureHostRules();
    const { servers, searches, options } = config.dnsConfig ?? { servers: [], searches: [], options: [] };
    const { namespace = '', name = '', uid = '' } = config.metadata ?? {};
    const attachment: Attachment = await attach(list, {
      ...limits,
      run: runPlugin,
      native: this.#native,
      containerId: sandboxId,
      netns,
      cacheDir: this.cacheDir,
      pod: { namespace, name, uid },
      portMappings: portMappings(config),
      dns: { nameservers: servers, search: searches, options },
      capabilityArgs: { cgroupPath: cgroupParent, 'io.kubernetes.cri.pod-annotations': config.annotations },
    });
    const addresses = podAddresses(attachment);
    if (addresses.length > 0) return addresses;
    throw new SlipwayError('NETWORK_FAILED', `network ${list.name} gave the pod no address`, {
      hint: 'a CNI list for pods needs address management (ipam)',
    });
  }

  /** Undoes every attachment of a sandbox; none is success. */
  async detach(sandboxId: string, limits: Partial<Limits>): Promise<void> {
    const fallback = this.#watch?.state.list ?? this.#own;
    await detach(this.cacheDir, sandboxId, {
      ...limits,
      run: runPlugin,
      native: this.#native,
      binDirs: this.#settings.network.binDirs,
      fallback,
    });
  }

  /** Waits for what is being done to the host's rules, so that nothing is done after it. */
  async close(): Promise<void> {
    this.#watch?.close();
    await this.#hostRules?.catch(() => undefined);
    await this.#native?.close();
  }

  #list(): NetworkList {
    const state = this.#watch?.state;
    if (state?.list) return state.list;
    // A list that cannot be read is the administrator's to mend: ours would be another network than the one meant.
    if (!this.#settings.network.own.enabled || hasLists(this.#settings.network.confDir)) {
      throw state?.error ?? new SlipwayError('NETWORK_NOT_CONFIGURED', 'the CNI lists are still being read');
    }
    const missing = ['bridge', 'host-local', 'portmap'].filter(
      (type) => findPlugin(type, this.#own.binDirs) === undefined,
    );
    if (missing.length === 0) return this.#own;
    throw new SlipwayError(
      'NETWORK_NOT_CONFIGURED',
      `the network ${this.#own.name} needs ${missing.join(', ')}, not found in ${this.#own.binDirs.join(', ')}`,
      { hint: 'install the CNI plugins, or name the directory that holds them' },
    );
  }

  /** An administrator chose the subnet, and may mean it; what it cuts off is hard to find otherwise. */
  #warnOfOverlap(): void {
    const { subnet, bridge } = this.#settings.network.own;
    const interfaces = overlappingInterfaces(subnet, bridge);
    if (interfaces.length === 0) return;
    this.#log.warn(
      { subnet, interfaces, hint: 'set network.own.subnet to addresses that nothing else has' },
      'the addresses of pods are also those of other interfaces: one of the two cannot be reached',
    );
  }

  #changed(state: NetworkState): void {
    if (state.list) {
      this.#log.info({ network: state.list.name, file: state.list.file }, 'pods use this network');
      return;
    }
    const { ready, reason } = this.status();
    if (!ready) this.#log.warn({ reason }, 'pods cannot be attached to a network');
    else {
      this.#log.info({ network: this.#own.name }, 'pods use our own network: there is no CNI list');
      this.#warnOfOverlap();
      // Ahead of the first pod, which then finds it done.
      this.#ensureHostRules().catch((error: unknown) =>
        this.#log.warn({ err: error }, 'the host cannot be prepared for pods'),
      );
    }
  }

  /** Once a process: idempotent on the host. A failure is tried again by the next pod. */
  async #ensureHostRules(): Promise<void> {
    const { own, masquerade } = this.#settings.network;
    if (!masquerade) return;
    const options = { id: own.name, timeout: hostRulesMs };
    this.#hostRules ??= Promise.all([
      ensureMasquerade({ ...options, subnet: own.subnet }),
      ensureForwarding({ ...options, subnets: [own.subnet] }),
    ]).then(() => undefined);
    try {
      await this.#hostRules;
    } catch (error) {
      this.#hostRules = undefined;
      throw error;
    }
  }
}

/** A pod's port mappings as CNI takes them. @throws SlipwayError INVALID_REQUEST that names the field */
export function portMappings(config: Pick<PodSandboxConfig, 'portMappings'>): PortMapping[] {
  return config.portMappings.map(({ protocol, containerPort, hostPort, hostIp }, index) => {
    const field = (name: string): string => `port_mappings[${index}].${name}`;
    const name: string | undefined = protocols[protocol];
    if (name === undefined) throw invalidField(field('protocol'), `${String(protocol)} is no protocol`);
    // A container's port without a host port is only information.
    const lowest = hostPort === 0 ? 0 : 1;
    if (hostPort < 0 || hostPort > maxPort) throw invalidField(field('host_port'), `${hostPort} is no port`);
    if (containerPort < lowest || containerPort > maxPort) {
      throw invalidField(field('container_port'), `${containerPort} is no port`);
    }
    if (hostIp !== '' && isIP(hostIp) === 0)
      throw invalidField(field('host_ip'), `${JSON.stringify(hostIp)} is no address`);
    return { protocol: name, containerPort, hostPort, hostIP: hostIp };
  });
}

function hasLists(confDir: string): boolean {
  try {
    return readdirSync(confDir).some((name) => /\.(conflist|conf|json)$/.test(name));
  } catch {
    return false;
  }
}
