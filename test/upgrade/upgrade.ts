import type { Duplex } from 'node:stream';
import { openPortForward } from '@slipway/streaming';
import { podLeftovers } from '@slipway/testbed';
import { Churn, type ChurnCount } from '../support/churn.js';
import type { Lab } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { isRunning } from '../support/processes.js';
import { until } from '../support/retry.js';
import { slipway } from '../support/slipway.js';
import { openSession, type Session } from '../support/streaming.js';

export interface Installation {
  tree: string;
  version: string;
}

/** Pods that do nothing but run, whose processes have to be the same ones afterwards. */
export class IdlePods {
  private constructor(
    readonly lab: Lab,
    readonly pods: readonly { pod: Pod; id: string; pid: number }[],
  ) {}

  static async start(lab: Lab, count: number): Promise<IdlePods> {
    const pods = Array.from({ length: count }, async () => {
      const pod = await Pod.run(lab.cri, podConfig(lab.node));
      const id = await pod.start(shell(lab.image, "trap 'exit 7' TERM; while :; do sleep 0.2; done"));
      return { pod, id, pid: await pidOf(lab, id) };
    });
    return new IdlePods(lab, await Promise.all(pods));
  }

  /** They are the processes that they were, none was started again, and commands run in them. */
  async check(): Promise<void> {
    await Promise.all(
      this.pods.map(async ({ pod, id, pid }) => {
        const now = await pidOf(this.lab, id);
        expect(now === pid && isRunning(pid), `container ${id} is process ${pid}, not ${now}`);
        expect((await pod.exec(id, 'echo', 'runs')) === 'runs\n', `a command runs in ${id}`);
      }),
    );
  }

  /** Their end is noticed, with the exit code, by whoever runs now. */
  async remove(): Promise<void> {
    await Promise.all(
      this.pods.map(async ({ pod, id }) => {
        await this.lab.cri.stopContainer({ containerId: id, timeout: 30n });
        expect((await pod.status(id)).exitCode === 7, `container ${id} ended as it does`);
        await pod.remove();
      }),
    );
  }
}

/**
 * Upgrades a node to one installation after the other while pods come and go and sessions are open. Rejects at the first
 * CRI call that fails, and when a container, an exit, a log line or a session is lost, or anything is left.
 */
export async function runUpgrades(
  lab: Lab,
  options: { to: readonly Installation[]; pods: number; workers: number; upgraded?: (ms: number) => void },
): Promise<ChurnCount> {
  const idle = await IdlePods.start(lab, options.pods);
  const churn = await Churn.start(lab, options.workers);
  const sessions = await OpenSessions.open(lab, churn);
  for (const installation of options.to) {
    const began = performance.now();
    await upgrade(lab, installation);
    options.upgraded?.(performance.now() - began);
    churn.check();
    await sessions.check();
    await idle.check();
  }
  await sessions.end();
  await expectAll(lab, options.to.at(-1)?.version ?? '');
  const count = await churn.stop();
  await idle.remove();
  const left = podLeftovers(lab.node);
  expect(left.length === 0, `nothing is left: ${left.join('\n')}`);
  return count;
}

/** Has a node become that of another installation. */
export async function upgrade({ node }: Lab, { tree, version }: Installation): Promise<void> {
  const pid = node.up.pid;
  const result = await slipway<{ version: string }>(node, 'upgrade', '--to', tree);
  expect(result.version === version, `the version is ${version}, not ${result.version}`);
  expect(node.up.pid === pid && node.up.exitCode === null, 'the supervisor is the process that it was');
}

/** Every process is of the version, and none is left that was replaced. */
export async function expectAll({ node }: Lab, version: string): Promise<void> {
  await until('the processes that were replaced have ended', () => {
    const services = node.processes().filter(({ name }) => name !== 'nats' && name !== 'redis');
    return services.every((one) => one.version === version && one.state === 'ready');
  });
}

/** A session of exec and a connection of port-forward that stay open. */
class OpenSessions {
  #sent = 0;

  private constructor(
    readonly exec: Session,
    readonly forwarded: Duplex,
    readonly close: () => Promise<void>,
  ) {}

  static async open(lab: Lab, churn: Churn): Promise<OpenSessions> {
    const request = { containerId: churn.ticker, cmd: ['cat'], stdin: true, stdout: true, stderr: true };
    const exec = openSession((await lab.cri.exec(request)).url);
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const id = await pod.start(shell(lab.image, 'nc -l -p 7000 -e cat; sleep 1000'));
    await until('the container listens', async () => (await pod.exec(id, 'cat', '/proc/net/tcp6')).includes(':1B58 '));
    const session = await openPortForward((await lab.cri.portForward({ podSandboxId: pod.id, port: [7000] })).url);
    const forwarded = await session.connect(7000);
    return new OpenSessions(exec, forwarded, async () => {
      await session.close();
      await pod.remove();
    });
  }

  async check(): Promise<void> {
    const word = `still here ${this.#sent++}\n`;
    this.exec.stdin.write(word);
    await this.exec.stdout.has(new RegExp(word));
    let echoed = '';
    const listen = (data: Buffer): void => void (echoed += data.toString());
    this.forwarded.on('data', listen);
    this.forwarded.write(word);
    await until('the forwarded port answers', () => echoed === word);
    this.forwarded.off('data', listen);
  }

  async end(): Promise<void> {
    this.exec.stdin.end();
    expect((await this.exec.done) === 0, 'the exec ends as its command does');
    await this.close();
  }
}

export async function pidOf(lab: Lab, containerId: string): Promise<number> {
  const { info } = await lab.cri.containerStatus({ containerId, verbose: true });
  return (JSON.parse(info['info'] ?? '{}') as { pid: number }).pid;
}

export function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}
