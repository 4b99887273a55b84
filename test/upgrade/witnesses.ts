import { randomInt } from 'node:crypto';
import type { Lab } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { expect, IdlePods, pidOf } from './upgrade.js';

/** When containers end by themselves, in tenths of a second after they were started. */
const ends = [5, 15, 30, 50];

/**
 * Containers that show whether anything was lost while processes of the node were killed: some that only run, one that
 * writes a line each hundredth of a second, and for each kill some that end by themselves in the meantime.
 */
export class Witnesses {
  private constructor(
    readonly lab: Lab,
    readonly idle: IdlePods,
    readonly pod: Pod,
    readonly writer: { id: string; pid: number },
  ) {}

  static async start(lab: Lab, idlePods: number): Promise<Witnesses> {
    const idle = await IdlePods.start(lab, idlePods);
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const id = await pod.start(shell(lab.image, 'i=0; while true; do echo line $i; i=$((i+1)); usleep 10000; done'));
    return new Witnesses(lab, idle, pod, { id, pid: await pidOf(lab, id) });
  }

  /** Nothing is lost while `work` is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const { lab, pod, idle, writer } = this;
    const brief = await Promise.all(
      ends.map(async (tenths) => {
        const code = randomInt(1, 100);
        const script = `i=0; while [ $i -lt ${tenths} ]; do echo line $i; i=$((i+1)); usleep 100000; done; exit ${code}`;
        return { id: await pod.start(shell(lab.image, script)), code, lines: tenths };
      }),
    );
    const answer = await work();
    await idle.check();
    for (const { id, code, lines } of brief) {
      const { exitCode } = await pod.exited(id, 30_000);
      expect(exitCode === code, `container ${id} ended with ${code}, not ${exitCode}`);
      expectLines(await this.#log(id), lines);
      await lab.cri.removeContainer({ containerId: id });
    }
    const pid = await pidOf(lab, writer.id);
    expect(pid === writer.pid, `container ${writer.id} is process ${writer.pid}, not ${pid}`);
    const log = await this.#log(writer.id);
    expectLines(log, log.length);
    return answer;
  }

  async remove(): Promise<void> {
    await this.pod.remove();
    await this.idle.remove();
  }

  async #log(id: string): Promise<string[]> {
    return (await this.pod.log(id)).map(({ text }) => text);
  }
}

function expectLines(log: readonly string[], count: number): void {
  const wrong = log.findIndex((text, at) => text !== `line ${at}`);
  expect(wrong < 0 && log.length === count, `${count} lines in order, not ${log.length}, ${log[wrong] ?? ''}`);
}
