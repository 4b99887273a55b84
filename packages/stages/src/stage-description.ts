import type { Rights } from './rights.js';

/** A program of `services/`, by whose name `slipway` runs it. */
export interface ProgramDescription {
  /** Behind "run only one <program>:". */
  readonly does: string;
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  /**
   * Whether V8 compiles less and keeps less (`--optimize-for-size`): for programs that have little to do. It doubles the
   * processor time of the gateway in a kubelet's rhythm, and with pods on the node saves no memory there.
   */
  readonly optimizedForSize: boolean;
}

/** A stage of the pipeline: what the supervisor, the command line, the settings, NATS and Redis know of it. */
export interface StageDescription {
  /** Its programs; the first has the stage's name, another one does its work in another way. */
  readonly programs: Readonly<Record<string, ProgramDescription>>;
  /** What a node lacks where no instance of it works. */
  readonly missing: string;
  /** There is one for each runtime handler: its subjects, queue groups and processes are named after the handler. */
  readonly perHandler: boolean;
  /** Whether gateways and operators call it on the bus. Otherwise it serves clients on sockets of its own. */
  readonly called: boolean;
  /** The service on the bus by whose answer somebody else's instance is found. Default: its processes only are asked. */
  readonly answersAs?: string;
  /** The documentation of `scale.<stage>`, and of `scale.max<Stage>` where the number follows the load. */
  readonly scale: { readonly instances: string; readonly max?: string };
  /** The operations of `slipway bench <stage>` on its subjects, the default first. */
  readonly bench?: readonly string[];
  /** The rights of its role on NATS and in Redis. What the kernel lets its processes do: packages/capabilities. */
  readonly rights: Rights;
}
