import type { SupervisedProcess } from './process.js';
import type { ProcessRemains } from './process-spec.js';
import type { GroupPlan } from './services.js';

/** Makes the process of a group that has this number; it is not started yet. */
export type MakeProcess = (plan: GroupPlan, instance: number, drained: boolean) => SupervisedProcess;

/** How the processes of a group are replaced; see ProcessGroup.renew. */
export interface Renewal {
  /** Resolves when a process that was started does its work. Rejects when it does not. */
  works: (process: SupervisedProcess) => Promise<void>;
  /** Gets the end of each process that is replaced, which may be long after. */
  leaves: (gone: Promise<void>) => void;
}

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
    /** Resolves when a process that was replaced may end: it is drained and without sessions, or has had its time. */
    readonly mayEnd: (process: SupervisedProcess, drained: Promise<void>) => Promise<void>,
    public drained = plan.drained,
  ) {}

  /** All of them, also those that are about to end. */
  get processes(): SupervisedProcess[] {
    return this.#members.map(({ process }) => process);
  }

  /** State for the next supervisor in this process. */
  handOver(): { group: string; instance: number; leaving: boolean; remains: ProcessRemains }[] {
    return this.#members.map(({ instance, leaving, process }) => {
      return { group: this.plan.name, instance, leaving, remains: process.handOver() };
    });
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
   * are too many, the latest first, end what they have begun; the answer waits for them too by default.
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

  /** Takes over a process that the previous supervisor in this process started. A leaving process goes on leaving. */
  adopt(process: SupervisedProcess, instance: number, leaving: boolean): void {
    const member = { instance, process, leaving };
    this.#members.push(member);
    void process.start();
    if (leaving) this.#release(member).catch(() => undefined);
  }

  /**
   * Puts a new process in the place of each that the supervisor before has started, one after the other: the new one
   * works before the old one is drained. An old one that has open sessions is kept until they end, or up.streamsMs are
   * over. Rejects when a new one does not work; it is ended then, and the old one goes on.
   */
  renew(renewal: Renewal): Promise<void> {
    const work = this.#scaling.then(async () => {
      for (const member of this.#members.filter(({ leaving }) => !leaving)) {
        // A process that ended by itself meanwhile was started again by this supervisor.
        if (member.process.adopted) await this.#replace(member, renewal);
      }
    });
    this.#scaling = work.catch(() => undefined);
    return work;
  }

  async #replace(old: Member, { works, leaves }: Renewal): Promise<void> {
    // An executor tries its handler out before any pod meets it.
    const trial = this.plan.executor !== undefined;
    const fresh = this.#join(old.instance, trial || this.drained);
    try {
      void fresh.start();
      await works(fresh);
      if (trial && !this.drained) await fresh.undrain();
    } catch (error) {
      await fresh.stop();
      this.#forget(fresh);
      throw error;
    }
    old.leaving = true;
    leaves(this.#release(old));
  }

  /** Drains a process that was replaced, and ends it when nobody needs it any more, or up.streamsMs are over. */
  async #release(member: Member): Promise<void> {
    await this.mayEnd(member.process, member.process.drain());
    await member.process.stop();
    this.#forget(member.process);
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
    return this.#join(instance, this.drained);
  }

  #join(instance: number, drained: boolean): SupervisedProcess {
    const process = this.make(this.plan, instance, drained);
    this.#members.push({ instance, process, leaving: false });
    this.#members.sort((a, b) => a.instance - b.instance);
    this.changed();
    return process;
  }

  #forget(process: SupervisedProcess): void {
    this.#members = this.#members.filter((member) => member.process !== process);
    this.changed();
  }

  async #dismiss(member: Member): Promise<void> {
    await member.process.drain();
    await member.process.stop();
    this.#forget(member.process);
  }
}
