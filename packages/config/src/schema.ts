import { hostname } from 'node:os';
import { type RuntimeKind, runtimeKinds } from '@slipway/runtime-kinds';
import { instances, scaleKeys } from './scale-keys.js';
import { choice, flag, integer, list, optionalChoice, type SettingKey, text } from './setting-key.js';

export type { SettingKey, Value } from './setting-key.js';

const cgroupDrivers = ['cgroupfs', 'systemd'] as const;

/**
 * Every setting by its dotted path, in the order in which `slipway config` prints them: the one declaration of its type,
 * default, rules and documentation. Sizes are bytes, times milliseconds, unless a name says otherwise. An empty default
 * of a path is derived from other settings: see derive.ts.
 */
const keys = {
  node: text(nodeName(hostname()), "the node's name, in every subject and record key", { pattern: /^[A-Za-z0-9_-]+$/ }),
  root: text('/var/lib/slipway', 'what survives a reboot: layers, bundles, records', { absolute: true }),
  state: text('/run/slipway', 'what does not: sockets, namespaces, exit files', { absolute: true }),

  'disk.reserveBytes': integer(
    32 * 2 ** 20,
    'kept free below root (<root>/reserve) for records: pods can be stopped and removed on a full disk; 0: nothing',
    [0, 2 ** 40],
  ),

  'log.level': choice(['trace', 'debug', 'info', 'warn', 'error'], 'info', 'the least severe level that is logged'),

  'gateway.socket': text(
    '',
    'the CRI socket; empty: <state>/slipway.sock; the second gateway of slipway up has <socket>.1, and so on',
    { absolute: true },
  ),
  'gateway.socketGroup': text(
    '',
    "the group of the CRI socket, by name or number; empty: root's; systemd's socket has SocketGroup=",
  ),
  'gateway.socketMode': text('0660', "the mode of the CRI socket; systemd's socket has SocketMode=", {
    pattern: /^0?[0-7]{3}$/,
  }),
  'gateway.cadvisor': flag(
    true,
    'answer the cAdvisor of a kubelet that was started with --containerd=<state>/cadvisor.sock',
  ),
  'gateway.maxMessageBytes': integer(16 << 20, 'the largest gRPC message', [1 << 16, 2 ** 31 - 1]),

  'nri.enabled': flag(true, 'take NRI plugins (Node Resource Interface)'),
  'nri.socket': text('/var/run/nri/nri.sock', 'where NRI plugins connect', { absolute: true }),
  'nri.pluginDir': text('/opt/nri/plugins', 'NRI plugins that are started with the gateway', { absolute: true }),
  'nri.configDir': text('/etc/nri/conf.d', 'their configuration files', { absolute: true }),
  'nri.registrationTimeoutMs': integer(5000, 'an NRI plugin has this long to register', [100, 600_000]),
  'nri.requestTimeoutMs': integer(2000, 'an NRI plugin that takes longer for an event is cut', [100, 600_000]),

  'nats.url': text('', 'where NATS is; empty: slipway up runs a private server', {
    pattern: /^(nats|tls|ws|wss):\/\/\S+$/,
  }),
  'nats.nkeyFile': text('', "a file with this process's nkey seed; empty: none", { absolute: true }),
  'nats.maxPayloadBytes': integer(8 << 20, 'the largest NATS message of the private server', [1 << 20, 64 << 20]),

  'nats.hub': list([], "leaf-node URLs of a site's NATS, which the private server joins for what nodes share", {
    pattern: /^(nats-leaf|nats|tls|ws|wss):\/\/\S+$/,
  }),
  'nats.hubCredentials': text('', 'a .creds file for the hub; empty: none', { absolute: true }),
  'nats.hubCa': text('', "a PEM file of the hub's certificate authority; empty: the system's", { absolute: true }),

  'redis.url': text('', 'where Redis is (redis://…, unix://path); empty: slipway up runs a private server', {
    pattern: /^(rediss?|unix):\/\/\S+$/,
  }),
  'redis.credentials': text(
    '',
    'a file with user:password for Redis, or a directory with <role>.redis files as slipway redis-acl writes them; empty: what the URL says',
    { absolute: true },
  ),

  'http.address': text('127.0.0.1', 'where each service answers /healthz, /readyz and /metrics'),
  'http.port': integer(0, 'its port; 0: any free one; slipway up counts up from it', [0, 65_535]),

  'runtime.defaultHandler': text('auto', "a handler's name, or auto: crun where it works, else runc"),
  'runtime.nullByDefault': flag(
    false,
    'let runtime.defaultHandler be one of kind null, under which no pod runs: for load tests',
  ),
  'runtime.conmon': text('conmon', 'the conmon binary'),
  'runtime.catatonit': text('/usr/bin/catatonit', "the infra container's init, a static binary", { absolute: true }),
  'runtime.trialMs': integer(
    10_000,
    'a handler whose trial container takes longer is not ready; it is tried again with twice the time, up to two minutes',
    [100, 600_000],
  ),
  'runtime.passAnnotations': list([], 'annotation keys handed on to the OCI runtime; a trailing * matches the rest'),

  'cgroup.driver': choice(cgroupDrivers, 'cgroupfs', "as the kubelet's cgroupDriver"),
  'cgroup.parent': text('', 'for pods that name none; empty: /slipway, or slipway.slice for systemd'),

  'network.confDir': text('/etc/cni/net.d', 'where CNI lists are looked for; the first in order is used', {
    absolute: true,
  }),
  'network.confTemplate': text(
    '',
    "a template of a CNI list, as containerd's conf_template; filled in with the kubelet's pod CIDR it becomes 10-slipway.conflist in confDir",
    { absolute: true },
  ),
  'network.binDirs': list(['/opt/cni/bin', '/usr/lib/cni'], 'where CNI plugins are looked for', { absolute: true }),
  'network.native': choice(
    ['auto', 'off'],
    'auto',
    'auto: plugins of CNI lists whose every setting is known are carried out without starting their programs, with the same result; off: every plugin runs as a program',
  ),
  'network.masquerade': flag(true, 'let pods out: one masquerade rule and the forwarding sysctls'),
  'network.own.enabled': flag(true, 'use a list of our own where confDir has none'),
  'network.own.name': text('slipway', 'the name of our own network'),
  'network.own.bridge': text('slipway0', 'its bridge', { pattern: /^[^\s/]{1,15}$/ }),
  'network.own.subnet': text('10.88.0.0/16', 'its pod addresses', { pattern: /^[0-9a-fA-F.:]+\/\d{1,3}$/ }),
  'network.own.dataDir': text('', 'where host-local keeps its leases; empty: <root>/cni', { absolute: true }),

  'images.registryDirs': list(
    ['/etc/slipway/certs.d', '/etc/containerd/certs.d'],
    'directories of <host>/hosts.toml, in order of preference',
    { absolute: true },
  ),
  'images.authFile': text(
    '/etc/slipway/auth.json',
    "credentials in the form of Docker's config.json, with its helpers; used where a pull brings none; it may be absent; empty: none",
    { absolute: true, mayBeEmpty: true },
  ),
  'images.parallel': integer(4, 'layers fetched and unpacked concurrently', [1, 64]),
  'images.ranges': integer(4, 'concurrent requests for one layer of 32 MiB or more; 1: one stream', [1, 16]),
  'images.minBytesPerSecond': integer(
    1024,
    'a transfer that is slower over images.noProgressMs is given up; 0: none is',
    [0, 2 ** 31 - 1],
  ),
  'images.layerMs': integer(
    0,
    'the longest time for the transfer of one layer; 0: as long as it gains bytes',
    [0, 86_400_000],
  ),
  'images.noProgressMs': integer(60_000, 'a pull that gains no byte for this long fails', [1000, 3_600_000]),
  'images.pinned': list([], 'references whose images garbage collection leaves'),
  'images.signaturePolicy': text('', 'a TOML file: whose signature which images need; empty: none is asked for', {
    absolute: true,
  }),
  'images.verifierDir': text(
    '/opt/containerd/image-verifier/bin',
    "programs that judge each pulled image, called as by containerd's bindir verifier; empty: none",
    { absolute: true, mayBeEmpty: true },
  ),
  'images.maxVerifiers': integer(10, 'the first so many of them by name are called; -1: all', [-1, 1000]),
  'images.verifierTimeoutMs': integer(10_000, 'a verifier that takes longer refuses the image', [100, 600_000]),

  'peers.share': flag(false, 'ask other nodes for layers before the registry, and hand them out'),
  'peers.keepBytes': integer(10 * 2 ** 30, 'compressed layers kept on disk for other nodes', [0, 2 ** 50]),
  'peers.private': flag(
    false,
    'share also layers that came with credentials or from archives: whoever may speak on the hub and knows a digest gets them',
  ),
  'peers.bytesPerSecond': integer(100 << 20, 'what a puller hands out at most, to all who ask', [1 << 20, 2 ** 40]),

  'streaming.address': text('127.0.0.1', 'where each executor serves exec, attach and port-forward'),
  'streaming.port': integer(0, 'its port: the first free one from here on; 0: any free one', [0, 65_535]),
  'streaming.advertise': text('', 'the host in the URLs that clients dial; empty: the address', {
    pattern: /^[A-Za-z0-9.:_-]+$/,
  }),
  'streaming.tlsCert': text('', 'a PEM certificate (chain); with it URLs are https', { absolute: true }),
  'streaming.tlsKey': text('', 'its PEM key', { absolute: true }),
  'streaming.clientCa': text('', 'a PEM file of CAs; with it clients must show a certificate', { absolute: true }),
  'streaming.urlMs': integer(60_000, 'a URL that nobody uses is good for this long', [1000, 3_600_000]),
  'streaming.creationTimeoutMs': integer(30_000, 'a client has this long to open its streams', [1000, 600_000]),
  'streaming.idleTimeoutMs': integer(4 * 3600_000, 'a session without a byte ends after this; 0: never'),
  'streaming.maxSessions': integer(1000, 'sessions that one executor may have open', [1, 100_000]),

  'stage.stallMs': integer(15_000, 'a stage that is silent for this long is taken for stalled', [200, 600_000]),
  'stage.beatMs': integer(2000, 'a stage tells this often that it lives while it works', [50, 60_000]),
  'stage.concurrency': integer(
    64,
    'calls of a method that one instance works on concurrently; those that only wait are not counted',
    [1, 4096],
  ),

  'up.streamsMs': integer(
    3_600_000,
    'a process that an upgrade has replaced is kept for this long at most while calls, or sessions of exec, attach and port-forward, are open in it',
    [0, 86_400_000],
  ),
  'up.hungMs': integer(
    30_000,
    'slipway up kills and starts again a process that answers nothing for this long; one that was killed before its first answer has twice as long for it at its next start; 0: never',
    [0, 3_600_000],
  ),

  ...scaleKeys,
  'scale.busyCalls': integer(8, 'calls in flight at one instance from which on another one is started', [1, 4096]),
  'scale.waitMs': integer(
    250,
    'calls that wait this long on average before they are worked on start another one',
    [1, 60_000],
  ),
  'scale.idleMs': integer(
    30_000,
    'instances that were not needed for this long are drained and end',
    [100, 86_400_000],
  ),
} satisfies Readonly<Record<string, SettingKey>>;
export type SettingKeys = typeof keys;
export const settingKeys: Readonly<Record<string, SettingKey>> = keys;

/** Kinds that have a handler of their name without being asked for. */
export const builtInHandlers = ['runc', 'crun', 'runsc'] as const satisfies readonly RuntimeKind[];
export const infraPolicies = ['auto', 'always', 'never'] as const;

/** The keys below runtime.handlers.<name>. */
export const handlerKeys = {
  enabled: flag(true, 'slipway up runs an executor for it'),
  instances: integer(0, 'how many executors slipway up runs for it; 0: scale.executor', instances),
  drained: flag(false, 'its executors start drained: they take no work until they are undrained'),
  kind: choice(runtimeKinds, '', 'how its binary is spoken to; empty: as its name says'),
  path: text('', 'the binary; empty: the kind, looked for in PATH and the sbin directories'),
  root: text('', "the runtime's own state directory; empty: <state>/<handler>", { absolute: true }),
  options: list([], 'arguments before the sub-command'),
  platform: text('', 'only runsc: its --platform, for example systrap or kvm; empty: the best that its release runs', {
    pattern: /^[a-z0-9_-]+$/,
  }),
  passAnnotations: list([], 'annotation keys handed on to this runtime, besides those of runtime.passAnnotations'),
  infra: choice(
    infraPolicies,
    'auto',
    'infra containers: where a pod needs one, for every pod, or never, which refuses shared pids',
  ),
  cgroupDriver: optionalChoice(cgroupDrivers, 'for its pods in place of cgroup.driver'),
} satisfies Readonly<Record<string, SettingKey>>;

/** The keys below runtime.executors.<name>: more executors of handlers, each with a binary of its own. */
export const executorKeys = {
  enabled: flag(true, 'slipway up runs it'),
  handler: text('', "the handler that it serves, beside that one's own executor"),
  path: text('', "the binary; empty: the handler's"),
  options: list([], "arguments before the sub-command; empty: the handler's"),
  instances: handlerKeys.instances,
  drained: handlerKeys.drained,
} satisfies Readonly<Record<string, SettingKey>>;

export type NamedTable = 'runtime.handlers' | 'runtime.executors';
/** Tables whose names the configuration gives: the keys below each of them, by its path. */
export const namedTables: Readonly<Record<NamedTable, Readonly<Record<string, SettingKey>>>> = {
  'runtime.handlers': handlerKeys,
  'runtime.executors': executorKeys,
};

const namedPath = /^(runtime\.(?:handlers|executors))\.([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\.([A-Za-z]+)$/;

/** The parts of `runtime.handlers.<name>.<key>` and `runtime.executors.<name>.<key>`; undefined for other paths. */
export function namedParts(path: string): { table: NamedTable; name: string; key: string } | undefined {
  const [, table, name = '', key = ''] = namedPath.exec(path) ?? [];
  return table === undefined ? undefined : { table: table as NamedTable, name, key };
}

/** The key of a dotted path, or undefined where there is none. */
export function settingKey(path: string): SettingKey | undefined {
  if (Object.hasOwn(settingKeys, path)) return settingKeys[path];
  const parts = namedParts(path);
  return parts && Object.hasOwn(namedTables[parts.table], parts.key) ? namedTables[parts.table][parts.key] : undefined;
}

/** Whether keys stand below this path. */
export function isSection(path: string): boolean {
  if (Object.hasOwn(namedTables, path)) return true;
  if (/^runtime\.(handlers|executors)\.[a-z0-9.-]+$/.test(path) && settingKey(path) === undefined) return true;
  return Object.keys(settingKeys).some((key) => key.startsWith(`${path}.`));
}

/** The name in a path below one of the named tables. */
export function nameIn(table: NamedTable, path: string): string | undefined {
  const parts = namedParts(path);
  return parts?.table === table ? parts.name : undefined;
}

/** Subjects are split at dots and matched by `*` and `>`: none of them may stand in a node's name. */
export function nodeName(host: string): string {
  return host.replace(/[^A-Za-z0-9_-]/g, '-') || 'node';
}
