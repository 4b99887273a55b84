import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SteppedClock } from '@slipway/test-servers';
import type { Lab } from '../support/lab.js';
import type { Pod } from '../support/pod.js';
import { isRunning, processesOf, replaced, signalIfThere, whileDown } from '../support/processes.js';
import type { RestartScene } from '../support/restart-scene.js';
import { retried, until } from '../support/retry.js';

/** What happens to a node in a round. `young` is a pod that is being made meanwhile. */
type Disturb = (lab: Lab, scene: RestartScene, young: Promise<Pod>, tools: Tools) => Promise<void>;

export interface Tools {
  /** The wall clock of the node. */
  clock?: SteppedClock | undefined;
}

/** The kinds of rounds, each by what goes wrong in it. */
export const kinds: Readonly<Record<string, Disturb>> = {
  /** Supervisor, NATS, Redis and all stages are killed at one moment, in the middle of a pod's creation. */
  everything: async ({ node }) => {
    await sleep(randomInt(400));
    const pids = node.processes().flatMap(({ pid }) => pid ?? []);
    const ended = node.shutDown('SIGKILL');
    for (const pid of pids) signalIfThere(pid, 'SIGKILL');
    await ended;
    await until('all processes ended', () => !pids.some(isRunning));
    await node.start();
  },

  /** The supervisor is killed alone. */
  supervisor: async ({ node }) => {
    await sleep(randomInt(400));
    await node.shutDown('SIGKILL');
    await node.start();
  },

  /** A process stops to answer, and does not end. */
  hung: async ({ node }) => {
    await sleep(randomInt(400));
    const all = node.processes().filter(({ state }) => state === 'ready');
    const victim = all[randomInt(all.length)]?.pid;
    assert.ok(victim);
    signalIfThere(victim, 'SIGSTOP');
    await replaced(node, [victim]);
  },

  /** Redis is killed before it has written what it acknowledged, as on a disk whose fsync is slow. */
  'slow-fsync': async (lab, _scene, young) => {
    const file = appendOnly(lab);
    const { size } = statSync(file);
    await young;
    await whileDown(lab.node, ['redis'], 'SIGKILL', async () => truncateSync(file, size));
  },

  /** The end of Redis' file is cut off in the middle of a command. */
  'cut-aof': async (lab) => {
    await whileDown(lab.node, ['redis'], 'SIGKILL', async () => {
      const file = appendOnly(lab);
      const { size } = statSync(file);
      truncateSync(file, Math.max(0, size - 1 - randomInt(Math.max(1, size >> 1))));
    });
  },

  /** Redis' file is damaged in the middle: it cannot be loaded. */
  'damaged-aof': async (lab) => {
    await whileDown(lab.node, ['redis'], 'SIGKILL', async () => {
      const file = appendOnly(lab);
      const bytes = readFileSync(file);
      const at = randomInt(Math.max(1, bytes.length - 64));
      bytes.fill('x', at, at + 64);
      writeFileSync(file, bytes);
    });
  },

  /** Half of the records' files are empty, cut or away. */
  'damaged-mirror': async (lab, _scene, young) => {
    await young;
    await whileDown(lab.node, ['redis'], 'SIGTERM', async () => {
      for (const kind of ['sandboxes', 'containers', 'images']) {
        const directory = join(lab.node.root, 'records', kind);
        for (const name of readdirSync(directory)) {
          const file = join(directory, name);
          if (name.startsWith('.') || randomInt(2) === 0) continue;
          const damage = randomInt(3);
          if (damage === 0) truncateSync(file, 0);
          else if (damage === 1) truncateSync(file, statSync(file).size >> 1);
          else rmSync(file);
        }
      }
    });
  },

  /** The wall clock is set by hours in the middle of a pod's creation. Needs a node with a clock of its own. */
  clock: async (_lab, _scene, young, { clock }) => {
    assert.ok(clock, 'the node has no clock of its own');
    await sleep(randomInt(400));
    clock.set(randomInt(-12, 13));
    // Nothing was lost by it that would have to be made again.
    await young;
  },

  /** The disk below root is read-only when the node starts, and for a while. Needs a root on a file system of its own. */
  'read-only': async (lab, scene, young) => {
    await young;
    const victim = await scene.youngPod();
    const mount = dirname(lab.node.root);
    await lab.node.shutDown();
    execFileSync('mount', ['-o', 'remount,ro', mount]);
    try {
      await lab.node.start();
      await retried('StopPodSandbox', () => lab.cri.stopPodSandbox({ podSandboxId: victim.id }));
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', mount]);
    }
    await retried('RemovePodSandbox', () => lab.cri.removePodSandbox({ podSandboxId: victim.id }));
    // Leftovers are removed in the background, at the next start at the latest.
    await lab.node.shutDown();
    await lab.node.start();
  },

  /** The disk below root is full while a pod is removed. Needs a root on a small file system of its own. */
  'full-disk': async (lab, scene, young) => {
    await young;
    const victim = await scene.youngPod();
    const filler = join(lab.node.root, 'filler');
    try {
      fill(filler);
      await victim.remove();
      fill(filler);
      const { items } = await lab.cri.listPodSandbox({});
      assert.ok(!items.some(({ id }) => id === victim.id), 'a pod was removed on a full disk and is still listed');
    } finally {
      rmSync(filler);
    }
  },
};

/**
 * Rounds of one kind. Each begins with a pod that runs and one that is being made; after it, both run, nothing else is
 * listed, the steady container has not missed a line, a new pod works, and nothing is left. Rejects at the first loss.
 */
export async function runRounds(
  lab: Lab,
  scene: RestartScene,
  kind: string,
  rounds: number,
  tools: Tools = {},
): Promise<void> {
  const disturb = kinds[kind];
  if (!disturb) throw new Error(`no kind ${kind}: ${Object.keys(kinds).join(', ')}`);
  for (let round = 1; round <= rounds; round++) {
    try {
      const old = await scene.youngPod();
      const young = scene.youngPod();
      young.catch(() => undefined);
      await disturb(lab, scene, young, tools);
      await retried('Version', () => lab.cri.version());
      const pods = [old, await young];
      await retried('ListPodSandbox', () => scene.expectListed(pods, []));
      await scene.expectSteady();
      await scene.expectWorking();
      removeSetAside(lab);
      await scene.clean(pods, []);
    } catch (error) {
      throw new Error(`${kind}, round ${round}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Damage may hit the name of a record, too: what no node ever had is set aside, for a person to look at and remove. */
function removeSetAside({ node }: Lab): void {
  for (const kind of ['sandboxes', 'containers', 'images']) {
    const directory = join(node.root, 'records', kind);
    for (const name of readdirSync(directory)) if (name.endsWith('.bad')) rmSync(join(directory, name));
  }
}

/** The file that Redis appends to. */
function appendOnly({ node }: Lab): string {
  const directory = join(node.root, 'redis/appendonlydir');
  const names = readdirSync(directory).filter((name) => name.endsWith('.incr.aof'));
  const [name] = names.toSorted((one, other) => Number(other.split('.')[2]) - Number(one.split('.')[2]));
  if (name === undefined) throw new Error(`redis has no file in ${directory}`);
  assert.ok(processesOf(node, 'redis').length > 0);
  return join(directory, name);
}

/** Writes until not a byte more fits. */
function fill(file: string): void {
  for (const size of [1 << 20, 4096, 1]) {
    assert.throws(
      () => {
        for (;;) appendFileSync(file, Buffer.alloc(size, 'x'));
      },
      { code: 'ENOSPC' },
    );
  }
}
