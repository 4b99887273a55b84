import type { SupervisedProcess } from './process.js';
import type { GroupPlan } from './services.js';

/** Makes the process of a group that has this number; it is not started yet. */
export type MakeProcess = (plan: GroupPlan, instance: number, drained: boolean) => SupervisedProcess;

interface Member {
  readonly instance: number;
  readonly process: SupervisedProcess;
  /** It was drained for good and is about to end. */
  leaving: boolean;
}

/** The processes of one stage or executor: as many as are wanted, all of them drained or none. */
export class ProcessGroup {
  #members: Member[] = [];
  /** Changes of their number come one after the other. */
  #scaling: Promise<unknown> = Promise.resolve();

  constructor(
    public plan: GroupPlan,
    readonly make: MakeProcess,
    /** Told when a member came or went. */
    readonly changed: () => void,
    public drained = plan.drained,
  ) {}

  /** All of them, also those that are about to end. */
  get processes(): SupervisedProcess[] {
    return this.#members.map(({ process }) => process);
  }

  /** Those that count: they stay. */
  get staying(): SupervisedProcess[] {
    return this.#members.filter(({ leaving }) => !leaving).map(({ process }) => process);
  }

  /** Whether one of them takes work now. */
  get works(): boolean {
    return !this.drained && this.staying.some(({ state }) => state === 'ready');
  }

  /**
   * Starts or ends processes until there are `count`, and answers those that were started when they are up. Those that
   * are too many, the latest first, end what they have begun; the answer waits for them too unless told otherwise.
   */
  scaleTo(count: number, options: { wait?: boolean } = {}): Promise<SupervisedProcess[]> {
    const work = this.#scaling.then(() => this.#scaleTo(count, options.wait ?? true));
    this.#scaling = work.catch(() => undefined);
    return work;
  }

  async #scaleTo(count: number, wait: boolean): Promise<SupervisedProcess[]> {
    const staying = this.#members.filter(({ leaving }) => !leaving);
    const started = Array.from({ length: Math.max(0, count - staying.length) }, () => this.#add());
    const surplus = staying.slice(count);
    for (const member of surplus) member.leaving = true;
    const gone = Promise.all(surplus.map((member) => this.#dismiss(member)));
    await Promise.all(started.map((process) => process.start()));
    if (wait) await gone;
    else gone.catch(() => undefined);
    return started;
  }

  /** Takes all of them out of service; see SupervisedProcess. */
  async drain(): Promise<void> {
    this.drained = true;
    await Promise.all(this.processes.map((process) => process.drain()));
  }

  async undrain(): Promise<void> {
    this.drained = false;
    await Promise.all(this.staying.map((process) => process.undrain()));
  }

  /** Ends all of them; what they have begun has some seconds. */
  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  #add(): SupervisedProcess {
    const taken = new Set(this.#members.map(({ instance }) => instance));
    let instance = 0;
    while (taken.has(instance)) instance++;
    const process = this.make(this.plan, instance, this.drained);
    this.#members.push({ instance, process, leaving: false });
    this.#members.sort((a, b) => a.instance - b.instance);
    this.changed();
    return process;
  }

  async #dismiss(member: Member): Promise<void> {
    await member.process.drain();
    await member.process.stop();
    this.#members = this.#members.filter((other) => other !== member);
    this.changed();
  }
}
