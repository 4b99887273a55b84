/** The gRPC status codes that Slipway answers; numbers as in grpc/grpc doc/statuscodes.md. */
export const grpcCodes = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;
export type GrpcCode = keyof typeof grpcCodes;

export interface CodeFacts {
  /** The status a CRI client sees. */
  readonly grpc: GrpcCode;
  /** What an operator can do, where the thrower has nothing better to say. */
  readonly hint: string;
  /** The word that a kubelet looks for at the start of the text (cri-api pkg/errors). */
  readonly word?: string;
}

/**
 * Every error code of Slipway. Codes are stable: scripts and dashboards match them.
 *
 * Image errors go out as UNKNOWN: a kubelet shows an UNKNOWN error's text in the
 * pod's events, and looks for the strings below in it (pkg/kubelet/images).
 */
export const errorCodes = {
  INVALID_REQUEST: { grpc: 'INVALID_ARGUMENT', hint: 'correct the named field' },
  INVALID_REFERENCE: { grpc: 'INVALID_ARGUMENT', hint: 'write the image as [host/]name[:tag][@digest]' },
  INVALID_CONFIG: {
    grpc: 'FAILED_PRECONDITION',
    hint: 'correct the configuration; slipway config shows what is in force',
  },
  UNSUPPORTED: { grpc: 'UNIMPLEMENTED', hint: 'see the table of what works in the README' },
  UNKNOWN_HANDLER: {
    grpc: 'INVALID_ARGUMENT',
    hint: 'use one of the named handlers, or start an executor for this one',
  },
  SANDBOX_NOT_FOUND: { grpc: 'NOT_FOUND', hint: 'slipway pods lists the sandboxes' },
  SANDBOX_EXISTS: { grpc: 'ALREADY_EXISTS', hint: 'use the named sandbox, or remove it first' },
  SANDBOX_NOT_READY: { grpc: 'FAILED_PRECONDITION', hint: 'the sandbox was stopped; the kubelet makes a new one' },
  CONTAINER_NOT_FOUND: { grpc: 'NOT_FOUND', hint: 'slipway ps lists the containers' },
  CONTAINER_EXISTS: { grpc: 'ALREADY_EXISTS', hint: 'use the named container, or remove it first' },
  CONTAINER_STATE: { grpc: 'FAILED_PRECONDITION', hint: 'the container is not in the state that this call needs' },
  IMAGE_NOT_FOUND: { grpc: 'NOT_FOUND', hint: 'pull the image first' },
  IMAGE_INVALID: { grpc: 'UNKNOWN', hint: 'the image itself is at fault: build or push it again' },
  IMAGE_UNSUPPORTED: { grpc: 'UNKNOWN', hint: 'push the image as an OCI or Docker schema 2 image' },
  IMAGE_PLATFORM: { grpc: 'UNKNOWN', hint: "push the image for this node's platform" },
  DIGEST_MISMATCH: {
    grpc: 'UNKNOWN',
    hint: 'the registry, or something between, served other bytes than it announced',
  },
  REGISTRY_UNAVAILABLE: {
    grpc: 'UNKNOWN',
    hint: 'check the registry, its name and the network',
    word: 'RegistryUnavailable',
  },
  REGISTRY_NOT_FOUND: {
    grpc: 'UNKNOWN',
    hint: 'check name, tag and digest; registries answer so for private images, too',
  },
  REGISTRY_DENIED: { grpc: 'UNKNOWN', hint: 'check the pull secret and its rights' },
  REGISTRY_ERROR: { grpc: 'UNKNOWN', hint: 'the registry answered what the distribution spec does not allow' },
  NRI_REFUSED: { grpc: 'UNKNOWN', hint: "see the named plugin's own log, correct its configuration, or end it" },
  NRI_CONFLICT: { grpc: 'UNKNOWN', hint: 'configure one of the two NRI plugins to leave it' },
  IMAGE_VOLUME: { grpc: 'UNKNOWN', hint: 'check the image and the sub-path', word: 'ImageVolumeMountFailed' },
  SIGNATURE_INVALID: {
    grpc: 'UNKNOWN',
    hint: 'sign the image as the policy demands, or change the policy',
    word: 'SignatureValidationFailed',
  },
  RRO_UNSUPPORTED: {
    grpc: 'UNKNOWN',
    hint: 'this handler or kernel has no recursive read-only mounts; Status tells which handlers do',
    word: 'RROUnsupported',
  },
  DISK_FULL: { grpc: 'RESOURCE_EXHAUSTED', hint: 'free space or inodes on the named file system' },
  NOT_PERMITTED: { grpc: 'PERMISSION_DENIED', hint: 'run it as root: sudo slipway …' },
  DISK_READ_ONLY: {
    grpc: 'FAILED_PRECONDITION',
    hint: 'see the kernel log for why the file system is read-only, mend it, and mount it again',
  },
  LIMIT_EXCEEDED: { grpc: 'RESOURCE_EXHAUSTED', hint: 'raise the named limit or send less' },
  NETWORK_FAILED: { grpc: 'INTERNAL', hint: "the CNI plugin's own message says what is wrong" },
  NETWORK_NOT_CONFIGURED: { grpc: 'FAILED_PRECONDITION', hint: 'put a CNI list into the named directory' },
  RUNTIME_FAILED: { grpc: 'INTERNAL', hint: "the OCI runtime's own message says what is wrong" },
  HANDLER_NOT_READY: { grpc: 'UNAVAILABLE', hint: "the handler's probe failed with the named reason" },
  EXECUTOR_NOT_FOUND: { grpc: 'NOT_FOUND', hint: 'slipway executors ls lists the executors' },
  EXECUTOR_EXISTS: { grpc: 'ALREADY_EXISTS', hint: 'give the new executor another name, or remove the old one first' },
  EXECUTOR_IN_USE: {
    grpc: 'FAILED_PRECONDITION',
    hint: 'add another executor of the handler first, or say --force',
  },
  EXEC_TIMEOUT: { grpc: 'DEADLINE_EXCEEDED', hint: 'the command ran longer than its time-out; it was killed' },
  STAGE_UNAVAILABLE: { grpc: 'UNAVAILABLE', hint: 'no instance of the named stage runs: slipway up starts one' },
  STAGE_STALLED: { grpc: 'UNAVAILABLE', hint: 'the stage stopped telling progress; the call can be repeated' },
  RECORDS_UNAVAILABLE: { grpc: 'UNAVAILABLE', hint: 'Redis does not answer: check that it runs' },
  RECORD_CONFLICT: { grpc: 'ABORTED', hint: 'the record changed meanwhile; repeat the call' },
  RECORD_TOO_NEW: {
    grpc: 'FAILED_PRECONDITION',
    hint: 'a newer version wrote it: run that one, or remove the pods of this node before you go back',
  },
  UPGRADE_REFUSED: {
    grpc: 'FAILED_PRECONDITION',
    hint: 'nothing was changed; remove what is named, or start the node again with the other version',
  },
  UPGRADE_UNDER_WAY: {
    grpc: 'FAILED_PRECONDITION',
    hint: 'wait until the upgrade that runs has ended: slipway status shows how far it is',
  },
  UPGRADE_FAILED: {
    grpc: 'INTERNAL',
    hint: 'what could not be replaced runs on; repeat slipway upgrade, or go back with --to',
  },
  DEADLINE: { grpc: 'DEADLINE_EXCEEDED', hint: 'the outcome is unknown; repeating the call joins the running work' },
  CANCELLED: { grpc: 'CANCELLED', hint: 'the caller went away' },
  INTERNAL: { grpc: 'INTERNAL', hint: 'a defect: report it with the log lines of this operation' },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof errorCodes;
