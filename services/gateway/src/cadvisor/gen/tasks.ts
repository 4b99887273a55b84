// Generated from proto/containerd/tasks.proto by scripts/generate-proto.mjs; do not edit.
import type { Codec, Init, Reader, Writer } from '@slipway/protobuf';
import { defineCodec } from '@slipway/protobuf';

export const Status = {
  UNKNOWN: 0,
  CREATED: 1,
  RUNNING: 2,
  STOPPED: 3,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

export interface GetTaskRequest {
  containerId: string;
}
export const GetTaskRequest: Codec<GetTaskRequest> = defineCodec<GetTaskRequest>({
  name: 'containerd.services.tasks.v1.GetTaskRequest',
  create: (i?: Init<GetTaskRequest>): GetTaskRequest => ({
    containerId: i?.containerId ?? '',
  }),
  write(m: Init<GetTaskRequest>, w: Writer): Writer {
    if (m.containerId) w.uint32(10).string(m.containerId);
    return w;
  },
  read(r: Reader, length: number): GetTaskRequest {
    const end = r.pos + length;
    const m = GetTaskRequest.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.containerId = r.string();
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface GetTaskResponse {
  process?: Process | undefined;
}
export const GetTaskResponse: Codec<GetTaskResponse> = defineCodec<GetTaskResponse>({
  name: 'containerd.services.tasks.v1.GetTaskResponse',
  create: (i?: Init<GetTaskResponse>): GetTaskResponse => ({
    process: i?.process != null ? Process.create(i?.process) : undefined,
  }),
  write(m: Init<GetTaskResponse>, w: Writer): Writer {
    if (m.process != null) Process.write(m.process, w.uint32(10).fork()).ldelim();
    return w;
  },
  read(r: Reader, length: number): GetTaskResponse {
    const end = r.pos + length;
    const m = GetTaskResponse.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 10:
          m.process = Process.read(r, r.uint32());
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export interface Process {
  id: string;
  /** On the host. */
  pid: number;
  status: Status;
}
export const Process: Codec<Process> = defineCodec<Process>({
  name: 'containerd.services.tasks.v1.Process',
  create: (i?: Init<Process>): Process => ({
    id: i?.id ?? '',
    pid: i?.pid ?? 0,
    status: i?.status ?? 0,
  }),
  write(m: Init<Process>, w: Writer): Writer {
    if (m.id) w.uint32(18).string(m.id);
    if (m.pid) w.uint32(24).uint32(m.pid);
    if (m.status) w.uint32(32).int32(m.status);
    return w;
  },
  read(r: Reader, length: number): Process {
    const end = r.pos + length;
    const m = Process.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
        case 18:
          m.id = r.string();
          break;
        case 24:
          m.pid = r.uint32();
          break;
        case 32:
          m.status = r.int32() as Status;
          break;
        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});

export const Tasks = {
  name: 'containerd.services.tasks.v1.Tasks',
  methods: {
    get: { name: 'Get', request: GetTaskRequest, response: GetTaskResponse },
  },
} as const;
