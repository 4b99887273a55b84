import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerState } from '@slipway/cri';
import type { Guest } from './guest.js';
import { NodePod } from './pods.js';
import { progress } from './progress.js';
import type { SlipwayNode } from './slipway-node.js';

/** How long an answer through an open session may take in a guest. Milliseconds. */
const sessionMs = 120_000;
const lines = 20;

/**
 * The load of a node that is upgraded: pods that come and go, a container that writes, an open exec and a connection of an open
 * port-forward. No CRI call may fail, and every exit, exec, log line and session must be the one that it would be otherwise.
 */
export class UpgradeLoad {
  #over = false;
  #pods = 0;
  #failure: unknown;
  #churn: Promise<void> = Promise.resolve();

  private constructor(
    readonly node: SlipwayNode,
    readonly pod: NodePod,
    readonly writer: string,
    readonly sessions: readonly Session[],
  ) {}

  static async start(node: SlipwayNode): Promise<UpgradeLoad> {
    const pod = await NodePod.run(node, 'crun');
    const writer = await pod.start('i=0; while :; do echo line $i; i=$((i+1)); sleep 0.5; done');
    const server = await pod.start('nc -l -p 7000 -e cat; sleep 100000');
    const sessions = [
      await Session.open(node.guest, 'exec', [`slipway exec -i ${writer} cat`]),
      await Session.open(node.guest, 'forward', [
        `slipway port-forward ${pod.id} 7000`,
        'exec 3<>/dev/tcp/127.0.0.1/7000; cat <&3 & exec cat >&3',
      ]),
    ];
    assert.equal((await pod.status(server)).state, ContainerState.CONTAINER_RUNNING);
    const load = new UpgradeLoad(node, pod, writer, sessions);
    load.#churn = load.#comeAndGo().catch((error: unknown) => {
      load.#failure = error;
    });
    return load;
  }

  /** Nothing has failed yet, and both sessions answer. */
  async check(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    for (const session of this.sessions) await session.check();
  }

  /** Lets the pod that is there end its life; answers how many there were. */
  async stop(): Promise<number> {
    this.#over = true;
    await this.#churn;
    await this.check();
    const log = await this.pod.log(this.writer);
    assert.deepEqual(
      log,
      log.map((_, at) => `stdout F line ${at}`),
    );
    for (const session of this.sessions) await session.close();
    await this.pod.remove();
    progress(`${this.#pods} pods came and went, and ${log.length} lines were written`);
    return this.#pods;
  }

  async #comeAndGo(): Promise<void> {
    for (; !this.#over; this.#pods++) {
      const pod = await NodePod.run(this.node, 'crun');
      const code = randomInt(1, 100);
      const brief = await pod.start(`i=0; while [ $i -lt ${lines} ]; do echo line $i; i=$((i+1)); done; exit ${code}`);
      const steady = await pod.start('trap "echo bye; exit 42" TERM; echo up; sleep 100000 & wait');
      assert.equal(await pod.exec(steady, 'echo', 'here'), 'here\n');
      assert.equal((await pod.exited(brief)).exitCode, code);
      assert.deepEqual(
        await pod.log(brief),
        Array.from({ length: lines }, (_, at) => `stdout F line ${at}`),
      );
      await this.node.cri.stopContainer({ containerId: steady, timeout: 60n }, { timeoutMs: 120_000 });
      assert.equal((await pod.status(steady)).exitCode, 42);
      assert.deepEqual(await pod.log(steady), ['stdout F up', 'stdout F bye']);
      await this.node.cri.removeContainer({ containerId: brief });
      await pod.remove();
    }
  }
}

/** Words that are written to a unit of the guest come back from it. */
class Session {
  #words = 0;

  private constructor(
    readonly guest: Guest,
    readonly name: string,
    readonly units: readonly string[],
  ) {}

  /** Starts commands one after the other as units; the last one has a FIFO as its input, and a file as its output. */
  static async open(guest: Guest, name: string, commands: readonly string[]): Promise<Session> {
    await guest.run(`mkfifo /root/${name}.in && touch /root/${name}.out`);
    const units = commands.map((_, at) => `open-${name}-${at}`);
    for (const [at, command] of commands.entries()) {
      const [input, output] =
        at === commands.length - 1 ? [`/root/${name}.in`, `/root/${name}.out`] : ['/dev/null', '/root/log'];
      // The FIFO is open for writing as well, so that no writer's end is the end of the input.
      await guest.run(
        `systemd-run --quiet --unit=${units[at]} bash -c '{ ${command}; } <>${input} >>${output} 2>>/root/log'`,
      );
      if (output === '/root/log')
        await guest.run(
          'for try in $(seq 200); do ss -ltn | grep -q :7000 && exit; sleep 0.5; done; cat /root/log; exit 1',
        );
    }
    const session = new Session(guest, name, units);
    await session.check();
    return session;
  }

  async check(): Promise<void> {
    const word = `${this.name}-${this.#words++}`;
    await this.guest.run(`echo ${word} > /root/${this.name}.in`);
    for (const end = Date.now() + sessionMs; Date.now() < end; await sleep(1000)) {
      if ((await this.guest.read(`/root/${this.name}.out`))?.split('\n').at(-1) === word) return;
    }
    const log = await this.guest.run(`systemctl status --no-pager ${this.units.join(' ')}; cat /root/log; true`);
    throw new Error(`the open ${this.name} does not answer:\n${log}`);
  }

  async close(): Promise<void> {
    await this.guest.run(`systemctl stop ${this.units.toReversed().join(' ')}; rm -f /root/${this.name}.* /root/log`);
  }
}
