/**
 * Everything that can be set, after files, environment and flags were merged.
 * Sizes are bytes, times milliseconds, unless a name says otherwise.
 */
export interface Settings {
  /** The node's name: in every subject and Redis key. Letters, digits, `-` and `_`; dots of a host name become `-`. */
  node: string;
  /** What survives a reboot: layers, bundles, records. Default /var/lib/slipway. */
  root: string;
  /** What does not: sockets, namespaces, exit files. Default /run/slipway. */
  state: string;
  disk: {
    /** Bytes kept free below root for records, so that pods can be stopped and removed on a full disk; 0: none. */
    reserveBytes: number;
  };
  log: { level: 'trace' | 'debug' | 'info' | 'warn' | 'error' };
  gateway: {
    /** The CRI socket. Default <state>/slipway.sock, mode 0660. Further gateways of `slipway up` have `<socket>.1`, `.2`… */
    socket: string;
    /** Whether the first gateway answers cAdvisor on `<state>/cadvisor.sock`, mode 0600. */
    cadvisor: boolean;
    maxMessageBytes: number;
  };
  nri: {
    /** Plugins of the Node Resource Interface, at the first gateway. */
    enabled: boolean;
    socket: string;
    /** Executables named `<two digits>-<name>`, started with the gateway. */
    pluginDir: string;
    configDir: string;
    registrationTimeoutMs: number;
    requestTimeoutMs: number;
  };
  nats: {
    /** Empty: `slipway up` runs a private server and fills this in. */
    url: string;
    /** A file with this process's nkey seed; empty connects without one. */
    nkeyFile: string;
    maxPayloadBytes: number;
    /** Leaf-node URLs of a site's NATS, which the private server joins for what nodes share; empty: none. */
    hub: string[];
    /** A .creds file for the hub; empty: none. */
    hubCredentials: string;
    /** A PEM file with the hub's certificate authority; empty: the system's. */
    hubCa: string;
  };
  redis: {
    /** redis://… or unix://path; empty: `slipway up` runs a private server and fills this in. */
    url: string;
  };
  /**
   * Health and metrics of each service, on loopback. Port 0 takes a free one;
   * `slipway up` hands its processes this port and the ones that follow it.
   */
  http: { address: string; port: number };
  runtime: {
    /** A handler's name, or `auto`: crun where its probe succeeds, else runc. */
    defaultHandler: string;
    /** Lets defaultHandler be one of kind null. */
    nullByDefault: boolean;
    handlers: Record<string, HandlerSettings>;
    /** Further executors of handlers, by their names. */
    executors: Record<string, ExecutorSettings>;
    conmon: string;
    /** The infra container's init, static. */
    catatonit: string;
    /** A handler whose trial (create, start, exec, delete) takes longer is not ready. */
    trialMs: number;
    /** Annotation keys (a trailing * matches the rest) that are handed on to the OCI runtime. */
    passAnnotations: string[];
  };
  cgroup: {
    driver: 'cgroupfs' | 'systemd';
    /** Where pods go that name no cgroup parent. Default /slipway (slipway.slice for systemd). */
    parent: string;
  };
  network: NetworkSettings;
  images: {
    /** containerd-style directories of <host>/hosts.toml, in order of preference. */
    registryDirs: string[];
    /** Docker's config.json for hosts that a pull brings no credentials for; it may be absent. */
    authFile: string;
    /** Layers fetched and unpacked at once. */
    parallel: number;
    /** A pull that gains no byte for this long fails. */
    noProgressMs: number;
    /** Requests at once for one big layer. */
    ranges: number;
    /** The slowest transfer that is borne, over noProgressMs; 0 bears any. */
    minBytesPerSecond: number;
    /** The longest transfer of one layer; 0 is none. */
    layerMs: number;
    /** References whose images are never removed by garbage collection. */
    pinned: string[];
    /** The file that says whose signature an image needs; empty: no signature is asked for. */
    signaturePolicy: string;
    /** Programs that judge each image, as containerd's bindir verifier calls them. */
    verifierDir: string;
    /** The first so many by name are called; -1: all. */
    maxVerifiers: number;
    /** A verifier that takes longer has refused. */
    verifierTimeoutMs: number;
  };
  /** Blobs shared with the other nodes of a site. */
  peers: {
    share: boolean;
    /** Blobs kept on disk for others. */
    keepBytes: number;
    /** What a puller hands out to all who ask. */
    bytesPerSecond: number;
  };
  /** The streaming server of each executor. */
  streaming: {
    address: string;
    /** The first free one from here on is taken; 0 takes any. */
    port: number;
    /** The host in the URLs; empty is the address. */
    advertise: string;
    /** PEM files; both or neither. */
    tlsCert: string;
    tlsKey: string;
    /** A PEM file; with it clients must show a certificate. */
    clientCa: string;
    urlMs: number;
    creationTimeoutMs: number;
    /** 0: never. */
    idleTimeoutMs: number;
    maxSessions: number;
  };
  stage: {
    /** A call whose stage is silent for this long is taken for stalled. */
    stallMs: number;
    /** A stage tells that it lives this often while it works. */
    beatMs: number;
    /** Calls that one instance works on at once. */
    concurrency: number;
  };
  /** Instances that `slipway up` runs of each stage. */
  up: {
    hungMs: number;
  };
  scale: {
    gateway: number;
    puller: number;
    builder: number;
    executor: number;
    /** Where it is above the number of instances, these grow and shrink with the work. */
    maxPuller: number;
    maxBuilder: number;
    maxExecutor: number;
    busyCalls: number;
    waitMs: number;
    idleMs: number;
  };
}

export interface HandlerSettings {
  /** `slipway up` runs no executor for a handler that is not enabled. */
  enabled: boolean;
  /** Executors of it that `slipway up` runs; 0 is scale.executor. */
  instances: number;
  /** They start without taking work. */
  drained: boolean;
  /** null: an executor that keeps records and runs nothing, for load tests. */
  kind: 'runc' | 'crun' | 'runsc' | 'null';
  /** The binary; a bare name is looked for in PATH and the sbin directories. */
  path: string;
  /** The runtime's own state directory. Default <state>/<handler>. */
  root: string;
  /** Arguments before the sub-command. */
  options: string[];
  /** runsc's --platform; empty is the best that its release runs. */
  platform: string;
  /** Annotation keys that this runtime gets besides runtime.passAnnotations. */
  passAnnotations: string[];
  /** `auto`: where pods share their pid namespace, or the runtime's sandbox is a container. */
  infra: 'auto' | 'always' | 'never';
  /** In place of cgroup.driver, with the parent in its form; empty: cgroup.driver. */
  cgroupDriver: '' | 'cgroupfs' | 'systemd';
}

/** An executor beside the handler's own, for example of a newer binary. It shares the handler's state. */
export interface ExecutorSettings {
  enabled: boolean;
  handler: string;
  /** Empty: the handler's. */
  path: string;
  /** Empty: the handler's. */
  options: string[];
  instances: number;
  drained: boolean;
}

export interface NetworkSettings {
  /** Where CNI lists are looked for; the first one in order is used. */
  confDir: string;
  /** A template of a CNI list that UpdateRuntimeConfig fills in; empty: none. */
  confTemplate: string;
  binDirs: string[];
  /** The list that is used when confDir has none. */
  own: {
    enabled: boolean;
    name: string;
    bridge: string;
    subnet: string;
    /** Where host-local keeps its leases. Default <root>/cni. */
    dataDir: string;
  };
  /** Host interfaces are left alone when false: no masquerade rule, no forwarding sysctl. */
  masquerade: boolean;
}
