// Generated from proto/slipway/v1/supervisor.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, readEntry } from '@slipway/protobuf';

export interface ListExecutorsRequest {
}
export const ListExecutorsRequest: Codec<ListExecutorsRequest> = defineCodec<ListExecutorsRequest>({
  name: 'slipway.v1.ListExecutorsRequest',
  create: (_i?: Init<ListExecutorsRequest>): ListExecutorsRequest => ({
  }),
  write(_m: Init<ListExecutorsRequest>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): ListExecutorsRequest {
    const end = r.pos + length;
    const m = ListExecutorsRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ListExecutorsResponse {
  instances: ExecutorInstance[];
  /** As set: a handler's name, or auto. */
  defaultHandler: string;
}
export const ListExecutorsResponse: Codec<ListExecutorsResponse> = defineCodec<ListExecutorsResponse>({
  name: 'slipway.v1.ListExecutorsResponse',
  create: (i?: Init<ListExecutorsResponse>): ListExecutorsResponse => ({
    instances: i?.instances?.map(ExecutorInstance.create) ?? [],
    defaultHandler: i?.defaultHandler ?? '',
  }),
  write(m: Init<ListExecutorsResponse>, w: Writer): Writer {
    if (m.instances) for (const v of m.instances) ExecutorInstance.write(v, w.uint32(10).fork()).ldelim();
    if (m.defaultHandler) w.uint32(18).string(m.defaultHandler);
    return w;
  },
  read(r: Reader, length: number): ListExecutorsResponse {
    const end = r.pos + length;
    const m = ListExecutorsResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.instances.push(ExecutorInstance.read(r, r.uint32()));
          break;
        case 18:
          m.defaultHandler = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** A process of an executor. */
export interface ExecutorInstance {
  /** The executor's name; a handler's own is called as the handler. */
  executor: string;
  handler: string;
  /** The process, as in `slipway status`. */
  process: string;
  /** starting, ready, draining, drained, or waiting (to be started again). */
  state: string;
  pid: number;
  /** Its name on the bus; empty while it has none. */
  instance: string;
  /** The runtime binary and what it calls its version. */
  path: string;
  version: string;
  /** Live containers whose end it watches for: those of the handler. */
  containers: number;
  /** Calls that it works on, queued ones included. */
  inFlight: number;
  /** Sessions of exec, attach and port-forward that are open, and URLs for one that may still be used. */
  streams: number;
  restarts: number;
  /** Its trial showed that the handler works. */
  healthy: boolean;
  /** Why it is not, or why nothing is known of it. */
  reason: string;
}
export const ExecutorInstance: Codec<ExecutorInstance> = defineCodec<ExecutorInstance>({
  name: 'slipway.v1.ExecutorInstance',
  create: (i?: Init<ExecutorInstance>): ExecutorInstance => ({
    executor: i?.executor ?? '',
    handler: i?.handler ?? '',
    process: i?.process ?? '',
    state: i?.state ?? '',
    pid: i?.pid ?? 0,
    instance: i?.instance ?? '',
    path: i?.path ?? '',
    version: i?.version ?? '',
    containers: i?.containers ?? 0,
    inFlight: i?.inFlight ?? 0,
    streams: i?.streams ?? 0,
    restarts: i?.restarts ?? 0,
    healthy: i?.healthy ?? false,
    reason: i?.reason ?? '',
  }),
  write(m: Init<ExecutorInstance>, w: Writer): Writer {
    if (m.executor) w.uint32(10).string(m.executor);
    if (m.handler) w.uint32(18).string(m.handler);
    if (m.process) w.uint32(26).string(m.process);
    if (m.state) w.uint32(34).string(m.state);
    if (m.pid) w.uint32(40).int32(m.pid);
    if (m.instance) w.uint32(50).string(m.instance);
    if (m.path) w.uint32(58).string(m.path);
    if (m.version) w.uint32(66).string(m.version);
    if (m.containers) w.uint32(72).uint32(m.containers);
    if (m.inFlight) w.uint32(80).uint32(m.inFlight);
    if (m.streams) w.uint32(88).uint32(m.streams);
    if (m.restarts) w.uint32(96).uint32(m.restarts);
    if (m.healthy) w.uint32(104).bool(m.healthy);
    if (m.reason) w.uint32(114).string(m.reason);
    return w;
  },
  read(r: Reader, length: number): ExecutorInstance {
    const end = r.pos + length;
    const m = ExecutorInstance.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.executor = r.string();
          break;
        case 18:
          m.handler = r.string();
          break;
        case 26:
          m.process = r.string();
          break;
        case 34:
          m.state = r.string();
          break;
        case 40:
          m.pid = r.int32();
          break;
        case 50:
          m.instance = r.string();
          break;
        case 58:
          m.path = r.string();
          break;
        case 66:
          m.version = r.string();
          break;
        case 72:
          m.containers = r.uint32();
          break;
        case 80:
          m.inFlight = r.uint32();
          break;
        case 88:
          m.streams = r.uint32();
          break;
        case 96:
          m.restarts = r.uint32();
          break;
        case 104:
          m.healthy = r.bool();
          break;
        case 114:
          m.reason = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface AddExecutorRequest {
  name: string;
  /** Empty: one of its own name, made where there is none. */
  handler: string;
  /** For a new handler: runc, crun or runsc. */
  kind: string;
  /** The binary; empty: the handler's. */
  path: string;
  /** Arguments before the sub-command; empty: the handler's. */
  options: string[];
  /** 0: as scale.executor says. */
  instances: number;
  /** Also a binary that is older than those that made the handler's containers. */
  force: boolean;
}
export const AddExecutorRequest: Codec<AddExecutorRequest> = defineCodec<AddExecutorRequest>({
  name: 'slipway.v1.AddExecutorRequest',
  create: (i?: Init<AddExecutorRequest>): AddExecutorRequest => ({
    name: i?.name ?? '',
    handler: i?.handler ?? '',
    kind: i?.kind ?? '',
    path: i?.path ?? '',
    options: [...(i?.options ?? [])],
    instances: i?.instances ?? 0,
    force: i?.force ?? false,
  }),
  write(m: Init<AddExecutorRequest>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.handler) w.uint32(18).string(m.handler);
    if (m.kind) w.uint32(26).string(m.kind);
    if (m.path) w.uint32(34).string(m.path);
    if (m.options) for (const v of m.options) w.uint32(42).string(v);
    if (m.instances) w.uint32(48).uint32(m.instances);
    if (m.force) w.uint32(56).bool(m.force);
    return w;
  },
  read(r: Reader, length: number): AddExecutorRequest {
    const end = r.pos + length;
    const m = AddExecutorRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 18:
          m.handler = r.string();
          break;
        case 26:
          m.kind = r.string();
          break;
        case 34:
          m.path = r.string();
          break;
        case 42:
          m.options.push(r.string());
          break;
        case 48:
          m.instances = r.uint32();
          break;
        case 56:
          m.force = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface AddExecutorResponse {
  instances: ExecutorInstance[];
}
export const AddExecutorResponse: Codec<AddExecutorResponse> = defineCodec<AddExecutorResponse>({
  name: 'slipway.v1.AddExecutorResponse',
  create: (i?: Init<AddExecutorResponse>): AddExecutorResponse => ({
    instances: i?.instances?.map(ExecutorInstance.create) ?? [],
  }),
  write(m: Init<AddExecutorResponse>, w: Writer): Writer {
    if (m.instances) for (const v of m.instances) ExecutorInstance.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): AddExecutorResponse {
    const end = r.pos + length;
    const m = AddExecutorResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.instances.push(ExecutorInstance.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface DrainExecutorRequest {
  name: string;
  /** Also where no other executor of the handler takes work. */
  force: boolean;
}
export const DrainExecutorRequest: Codec<DrainExecutorRequest> = defineCodec<DrainExecutorRequest>({
  name: 'slipway.v1.DrainExecutorRequest',
  create: (i?: Init<DrainExecutorRequest>): DrainExecutorRequest => ({
    name: i?.name ?? '',
    force: i?.force ?? false,
  }),
  write(m: Init<DrainExecutorRequest>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.force) w.uint32(16).bool(m.force);
    return w;
  },
  read(r: Reader, length: number): DrainExecutorRequest {
    const end = r.pos + length;
    const m = DrainExecutorRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 16:
          m.force = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface DrainExecutorResponse {
}
export const DrainExecutorResponse: Codec<DrainExecutorResponse> = defineCodec<DrainExecutorResponse>({
  name: 'slipway.v1.DrainExecutorResponse',
  create: (_i?: Init<DrainExecutorResponse>): DrainExecutorResponse => ({
  }),
  write(_m: Init<DrainExecutorResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): DrainExecutorResponse {
    const end = r.pos + length;
    const m = DrainExecutorResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UndrainExecutorRequest {
  name: string;
}
export const UndrainExecutorRequest: Codec<UndrainExecutorRequest> = defineCodec<UndrainExecutorRequest>({
  name: 'slipway.v1.UndrainExecutorRequest',
  create: (i?: Init<UndrainExecutorRequest>): UndrainExecutorRequest => ({
    name: i?.name ?? '',
  }),
  write(m: Init<UndrainExecutorRequest>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    return w;
  },
  read(r: Reader, length: number): UndrainExecutorRequest {
    const end = r.pos + length;
    const m = UndrainExecutorRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UndrainExecutorResponse {
}
export const UndrainExecutorResponse: Codec<UndrainExecutorResponse> = defineCodec<UndrainExecutorResponse>({
  name: 'slipway.v1.UndrainExecutorResponse',
  create: (_i?: Init<UndrainExecutorResponse>): UndrainExecutorResponse => ({
  }),
  write(_m: Init<UndrainExecutorResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): UndrainExecutorResponse {
    const end = r.pos + length;
    const m = UndrainExecutorResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveExecutorRequest {
  name: string;
  /** Also where it is the last one of a handler that holds containers; open streams are cut after the wait. */
  force: boolean;
  /** Milliseconds to wait for open streams. */
  waitMs: number;
}
export const RemoveExecutorRequest: Codec<RemoveExecutorRequest> = defineCodec<RemoveExecutorRequest>({
  name: 'slipway.v1.RemoveExecutorRequest',
  create: (i?: Init<RemoveExecutorRequest>): RemoveExecutorRequest => ({
    name: i?.name ?? '',
    force: i?.force ?? false,
    waitMs: i?.waitMs ?? 0,
  }),
  write(m: Init<RemoveExecutorRequest>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.force) w.uint32(16).bool(m.force);
    if (m.waitMs) w.uint32(24).uint32(m.waitMs);
    return w;
  },
  read(r: Reader, length: number): RemoveExecutorRequest {
    const end = r.pos + length;
    const m = RemoveExecutorRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 16:
          m.force = r.bool();
          break;
        case 24:
          m.waitMs = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface RemoveExecutorResponse {
}
export const RemoveExecutorResponse: Codec<RemoveExecutorResponse> = defineCodec<RemoveExecutorResponse>({
  name: 'slipway.v1.RemoveExecutorResponse',
  create: (_i?: Init<RemoveExecutorResponse>): RemoveExecutorResponse => ({
  }),
  write(_m: Init<RemoveExecutorResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): RemoveExecutorResponse {
    const end = r.pos + length;
    const m = RemoveExecutorResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface SetDefaultHandlerRequest {
  /** A handler's name, or auto. */
  name: string;
}
export const SetDefaultHandlerRequest: Codec<SetDefaultHandlerRequest> = defineCodec<SetDefaultHandlerRequest>({
  name: 'slipway.v1.SetDefaultHandlerRequest',
  create: (i?: Init<SetDefaultHandlerRequest>): SetDefaultHandlerRequest => ({
    name: i?.name ?? '',
  }),
  write(m: Init<SetDefaultHandlerRequest>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    return w;
  },
  read(r: Reader, length: number): SetDefaultHandlerRequest {
    const end = r.pos + length;
    const m = SetDefaultHandlerRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface SetDefaultHandlerResponse {
}
export const SetDefaultHandlerResponse: Codec<SetDefaultHandlerResponse> = defineCodec<SetDefaultHandlerResponse>({
  name: 'slipway.v1.SetDefaultHandlerResponse',
  create: (_i?: Init<SetDefaultHandlerResponse>): SetDefaultHandlerResponse => ({
  }),
  write(_m: Init<SetDefaultHandlerResponse>, w: Writer): Writer {
    return w;
  },
  read(r: Reader, length: number): SetDefaultHandlerResponse {
    const end = r.pos + length;
    const m = SetDefaultHandlerResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ScaleRequest {
  /** gateway, puller, builder, executor (those of every handler without a number of their own) or executor.<name>. */
  wanted: Record<string, number>;
  /** Also none of a stage, without which the node does not work. */
  force: boolean;
}
export const ScaleRequest: Codec<ScaleRequest> = defineCodec<ScaleRequest>({
  name: 'slipway.v1.ScaleRequest',
  create: (i?: Init<ScaleRequest>): ScaleRequest => ({
    wanted: { ...i?.wanted } as Record<string, number>,
    force: i?.force ?? false,
  }),
  write(m: Init<ScaleRequest>, w: Writer): Writer {
    if (m.wanted) for (const [k, v] of Object.entries(m.wanted)) {
      if (v === undefined) continue;
      w.uint32(10).fork().uint32(10).string(k);
      w.uint32(16).uint32(v).ldelim();
    }
    if (m.force) w.uint32(16).bool(m.force);
    return w;
  },
  read(r: Reader, length: number): ScaleRequest {
    const end = r.pos + length;
    const m = ScaleRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          readEntry(r, m.wanted, () => r.uint32(), 0);
          break;
        case 16:
          m.force = r.bool();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ScaleResponse {
  stages: ScaledStage[];
}
export const ScaleResponse: Codec<ScaleResponse> = defineCodec<ScaleResponse>({
  name: 'slipway.v1.ScaleResponse',
  create: (i?: Init<ScaleResponse>): ScaleResponse => ({
    stages: i?.stages?.map(ScaledStage.create) ?? [],
  }),
  write(m: Init<ScaleResponse>, w: Writer): Writer {
    if (m.stages) for (const v of m.stages) ScaledStage.write(v, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): ScaleResponse {
    const end = r.pos + length;
    const m = ScaleResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.stages.push(ScaledStage.read(r, r.uint32()));
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpgradeRequest {
  /** Chosen by the caller, to find the outcome by. */
  id: string;
  /** The directory that holds `packages` and `services` of the installation. */
  tree: string;
}
export const UpgradeRequest: Codec<UpgradeRequest> = defineCodec<UpgradeRequest>({
  name: 'slipway.v1.UpgradeRequest',
  create: (i?: Init<UpgradeRequest>): UpgradeRequest => ({
    id: i?.id ?? '',
    tree: i?.tree ?? '',
  }),
  write(m: Init<UpgradeRequest>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.tree) w.uint32(18).string(m.tree);
    return w;
  },
  read(r: Reader, length: number): UpgradeRequest {
    const end = r.pos + length;
    const m = UpgradeRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.tree = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface UpgradeResponse {
  id: string;
  /** The versions. */
  from: string;
  to: string;
}
export const UpgradeResponse: Codec<UpgradeResponse> = defineCodec<UpgradeResponse>({
  name: 'slipway.v1.UpgradeResponse',
  create: (i?: Init<UpgradeResponse>): UpgradeResponse => ({
    id: i?.id ?? '',
    from: i?.from ?? '',
    to: i?.to ?? '',
  }),
  write(m: Init<UpgradeResponse>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.from) w.uint32(18).string(m.from);
    if (m.to) w.uint32(26).string(m.to);
    return w;
  },
  read(r: Reader, length: number): UpgradeResponse {
    const end = r.pos + length;
    const m = UpgradeResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.from = r.string();
          break;
        case 26:
          m.to = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface ScaledStage {
  name: string;
  /** How many instances there are. */
  instances: number;
  /** The longest that one that was started took from its start until it was ready, in milliseconds; 0 where none was. */
  startedMs: number;
}
export const ScaledStage: Codec<ScaledStage> = defineCodec<ScaledStage>({
  name: 'slipway.v1.ScaledStage',
  create: (i?: Init<ScaledStage>): ScaledStage => ({
    name: i?.name ?? '',
    instances: i?.instances ?? 0,
    startedMs: i?.startedMs ?? 0,
  }),
  write(m: Init<ScaledStage>, w: Writer): Writer {
    if (m.name) w.uint32(10).string(m.name);
    if (m.instances) w.uint32(16).uint32(m.instances);
    if (m.startedMs) w.uint32(24).uint32(m.startedMs);
    return w;
  },
  read(r: Reader, length: number): ScaledStage {
    const end = r.pos + length;
    const m = ScaledStage.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.name = r.string();
          break;
        case 16:
          m.instances = r.uint32();
          break;
        case 24:
          m.startedMs = r.uint32();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export const Supervisor = {
  name: 'slipway.v1.Supervisor',
  methods: {
    /** The executors and what each of their instances says. */
    listExecutors: { name: 'ListExecutors', request: ListExecutorsRequest, response: ListExecutorsResponse, idempotent: true },
    /**
     * Starts an executor, waits until its trial has shown that it works, and gives it work. An executor that fails it is
     * taken away again.
     */
    addExecutor: { name: 'AddExecutor', request: AddExecutorRequest, response: AddExecutorResponse, idempotent: true },
    /** Takes an executor out of service: it ends what it has begun and takes nothing new. Answers when nothing is in flight. */
    drainExecutor: { name: 'DrainExecutor', request: DrainExecutorRequest, response: DrainExecutorResponse, idempotent: true },
    /** Gives it work again. */
    undrainExecutor: { name: 'UndrainExecutor', request: UndrainExecutorRequest, response: UndrainExecutorResponse, idempotent: true },
    /** Drains an executor, waits for its streams, and ends it. Containers stay: the handler's other executors have them. */
    removeExecutor: { name: 'RemoveExecutor', request: RemoveExecutorRequest, response: RemoveExecutorResponse, idempotent: true },
    /** Makes another handler that of new pods without a runtime class. */
    setDefaultHandler: { name: 'SetDefaultHandler', request: SetDefaultHandlerRequest, response: SetDefaultHandlerResponse, idempotent: true },
    /** Runs that many instances; those that are too many are drained and end. Answers when the node is so. */
    scale: { name: 'Scale', request: ScaleRequest, response: ScaleResponse, idempotent: true },
    /**
     * Makes the supervisor that of another installation, which then replaces every process. Answers when that version has
     * reported that it can take over; <state>/up.json has the progress from then on.
     */
    upgrade: { name: 'Upgrade', request: UpgradeRequest, response: UpgradeResponse },
  },
} as const;
