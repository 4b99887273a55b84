import { Event, Plugin } from '../gen/api.js';

/** A set of events as ConfigureResponse carries it: bit `event - 1` of each. */
export class EventSet {
  private constructor(readonly bits: number) {}

  /** All that a plugin can subscribe to. */
  static readonly all = new EventSet((1 << (Event.LAST - 1)) - 1);

  /** Reads a plugin's answer; an empty one subscribes to everything. @throws Error on events that do not exist */
  static of(bits: number): EventSet {
    if (bits === 0) return EventSet.all;
    const extra = bits & ~EventSet.all.bits;
    if (extra !== 0) throw new Error(`it subscribes to events that do not exist: 0x${(extra >>> 0).toString(16)}`);
    return new EventSet(bits);
  }

  has(event: Event): boolean {
    return (this.bits & (1 << (event - 1))) !== 0;
  }
}

/** The calls that tell a plugin of an event, and of nothing else: their answers are empty. */
export const notices = {
  runPodSandbox: Event.RUN_POD_SANDBOX,
  stopPodSandbox: Event.STOP_POD_SANDBOX,
  removePodSandbox: Event.REMOVE_POD_SANDBOX,
  updatePodSandbox: Event.UPDATE_POD_SANDBOX,
  postUpdatePodSandbox: Event.POST_UPDATE_POD_SANDBOX,
  postCreateContainer: Event.POST_CREATE_CONTAINER,
  startContainer: Event.START_CONTAINER,
  postStartContainer: Event.POST_START_CONTAINER,
  postUpdateContainer: Event.POST_UPDATE_CONTAINER,
  removeContainer: Event.REMOVE_CONTAINER,
} as const satisfies Partial<Record<keyof typeof Plugin.methods, Event>>;

export type Notice = keyof typeof notices;
