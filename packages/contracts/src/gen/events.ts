// Generated from proto/slipway/v1/events.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec, fromLong, toLong } from '@slipway/protobuf';

/** On events.sandbox and events.container: a record moved. */
export interface LifecycleEvent {
  id: string;
  sandboxId: string;
  /**
   * The phase's name, for example RUNNING; DELETED when the record is gone; LOST when it was ended because no record
   * knew it any more.
   */
  phase: string;
  /** Nanoseconds since the epoch. */
  at: bigint;
}
export const LifecycleEvent: Codec<LifecycleEvent> = defineCodec<LifecycleEvent>({
  name: 'slipway.v1.LifecycleEvent',
  create: (i?: Init<LifecycleEvent>): LifecycleEvent => ({
    id: i?.id ?? '',
    sandboxId: i?.sandboxId ?? '',
    phase: i?.phase ?? '',
    at: i?.at ?? 0n,
  }),
  write(m: Init<LifecycleEvent>, w: Writer): Writer {
    if (m.id) w.uint32(10).string(m.id);
    if (m.sandboxId) w.uint32(18).string(m.sandboxId);
    if (m.phase) w.uint32(26).string(m.phase);
    if (m.at) w.uint32(32).int64(toLong(m.at));
    return w;
  },
  read(r: Reader, length: number): LifecycleEvent {
    const end = r.pos + length;
    const m = LifecycleEvent.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.id = r.string();
          break;
        case 18:
          m.sandboxId = r.string();
          break;
        case 26:
          m.phase = r.string();
          break;
        case 32:
          m.at = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** On events.stage: an instance came or went. */
export interface StageEvent {
  stage: string;
  handler: string;
  instance: string;
  /** up (it takes calls), draining (it ends those it has), drained (it has none) or down. */
  state: string;
  at: bigint;
}
export const StageEvent: Codec<StageEvent> = defineCodec<StageEvent>({
  name: 'slipway.v1.StageEvent',
  create: (i?: Init<StageEvent>): StageEvent => ({
    stage: i?.stage ?? '',
    handler: i?.handler ?? '',
    instance: i?.instance ?? '',
    state: i?.state ?? '',
    at: i?.at ?? 0n,
  }),
  write(m: Init<StageEvent>, w: Writer): Writer {
    if (m.stage) w.uint32(10).string(m.stage);
    if (m.handler) w.uint32(18).string(m.handler);
    if (m.instance) w.uint32(26).string(m.instance);
    if (m.state) w.uint32(34).string(m.state);
    if (m.at) w.uint32(40).int64(toLong(m.at));
    return w;
  },
  read(r: Reader, length: number): StageEvent {
    const end = r.pos + length;
    const m = StageEvent.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.stage = r.string();
          break;
        case 18:
          m.handler = r.string();
          break;
        case 26:
          m.instance = r.string();
          break;
        case 34:
          m.state = r.string();
          break;
        case 40:
          m.at = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

/** On events.span: how long a stage call took, and where. */
export interface SpanEvent {
  /** 32 hex digits, as in traceparent. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
  parentId: string;
  /** gateway, puller, builder or executor. */
  stage: string;
  handler: string;
  instance: string;
  /** The method, or a step within it. */
  name: string;
  /** Nanoseconds since the epoch. */
  start: bigint;
  /** Nanoseconds between arrival and the start of the work. */
  queued: bigint;
  /** Nanoseconds of work. */
  worked: bigint;
  /** An error code where it failed. */
  error: string;
  /** The operation's key. */
  operation: string;
  /** Nanoseconds between the caller's publish and the arrival, by the node's own clock. */
  hop: bigint;
}
export const SpanEvent: Codec<SpanEvent> = defineCodec<SpanEvent>({
  name: 'slipway.v1.SpanEvent',
  create: (i?: Init<SpanEvent>): SpanEvent => ({
    traceId: i?.traceId ?? '',
    spanId: i?.spanId ?? '',
    parentId: i?.parentId ?? '',
    stage: i?.stage ?? '',
    handler: i?.handler ?? '',
    instance: i?.instance ?? '',
    name: i?.name ?? '',
    start: i?.start ?? 0n,
    queued: i?.queued ?? 0n,
    worked: i?.worked ?? 0n,
    error: i?.error ?? '',
    operation: i?.operation ?? '',
    hop: i?.hop ?? 0n,
  }),
  write(m: Init<SpanEvent>, w: Writer): Writer {
    if (m.traceId) w.uint32(10).string(m.traceId);
    if (m.spanId) w.uint32(18).string(m.spanId);
    if (m.parentId) w.uint32(26).string(m.parentId);
    if (m.stage) w.uint32(34).string(m.stage);
    if (m.handler) w.uint32(42).string(m.handler);
    if (m.instance) w.uint32(50).string(m.instance);
    if (m.name) w.uint32(58).string(m.name);
    if (m.start) w.uint32(64).int64(toLong(m.start));
    if (m.queued) w.uint32(72).int64(toLong(m.queued));
    if (m.worked) w.uint32(80).int64(toLong(m.worked));
    if (m.error) w.uint32(90).string(m.error);
    if (m.operation) w.uint32(98).string(m.operation);
    if (m.hop) w.uint32(104).int64(toLong(m.hop));
    return w;
  },
  read(r: Reader, length: number): SpanEvent {
    const end = r.pos + length;
    const m = SpanEvent.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.traceId = r.string();
          break;
        case 18:
          m.spanId = r.string();
          break;
        case 26:
          m.parentId = r.string();
          break;
        case 34:
          m.stage = r.string();
          break;
        case 42:
          m.handler = r.string();
          break;
        case 50:
          m.instance = r.string();
          break;
        case 58:
          m.name = r.string();
          break;
        case 64:
          m.start = fromLong(r.int64());
          break;
        case 72:
          m.queued = fromLong(r.int64());
          break;
        case 80:
          m.worked = fromLong(r.int64());
          break;
        case 90:
          m.error = r.string();
          break;
        case 98:
          m.operation = r.string();
          break;
        case 104:
          m.hop = fromLong(r.int64());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});
