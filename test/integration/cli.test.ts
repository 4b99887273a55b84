import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ContainerState } from '@slipway/cri';
import { cannotRun, type Lab, openLab } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { processesOf, replaced } from '../support/processes.js';
import { until } from '../support/until.js';

const slipway = fileURLToPath(new URL('../../../packages/cli/bin/slipway', import.meta.url));
const hooks = { timeout: 60_000 };

describe('commands for people', { skip: cannotRun }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun'] });
  }, hooks);
  afterEach(() => lab.clear(), hooks);
  after(() => lab.close(), hooks);

  const start = (...args: string[]) =>
    spawn(slipway, ['--config', join(lab.node.place.directory, 'config.toml'), ...args], { stdio: 'pipe' });
  const json = async (...args: string[]): Promise<unknown> => JSON.parse(await text(start(...args).stdout));
  const named = async (name: string, script: string): Promise<{ pod: Pod; id: string }> => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    return { pod, id: await pod.start(shell(lab.image, script, { metadata: { name, attempt: 0 } })) };
  };

  test('a shell on a terminal has its size, is interrupted by ctrl-C, and hands its exit code on', async () => {
    await named('web', 'sleep 1000');
    // script(1) gives it a terminal; its own exit code is the command's (-e).
    const command = `stty rows 33 cols 99; ${slipway} --config ${lab.node.place.directory}/config.toml exec -it web sh`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: 'pipe' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let seen = '';
    child.stdout.on('data', (chunk) => (seen += String(chunk)));
    const shows = (pattern: RegExp): Promise<unknown> => until(`it shows ${pattern}`, () => pattern.test(seen));
    await shows(/# /);
    child.stdin.write('stty size; sleep 1000\n');
    await shows(/33 99\r\n/);
    child.stdin.write('\u0003');
    await shows(/\^C[^]*# /);
    // What a program writes to its terminal arrives as it is.
    child.stdin.write("stty -opost; printf 'a\\nb'; echo\n");
    await shows(/a\nb/);
    child.stdin.write('exit 9\n');
    assert.equal(await ended, 9);
  });

  test('attach joins what a container says, and ends as it ends', async () => {
    await named('job', 'sleep 1; echo nearly; sleep 0.2; exit 5');
    const child = start('attach', 'job');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    assert.equal(await text(child.stdout), 'nearly\n');
    assert.equal(await ended, 5);
  });

  test('top tells cores, memory and processes of pods and their containers', async () => {
    const { pod } = await named('burn', 'while :; do :; done');
    interface Row {
      id: string;
      cpu: number;
      memory: number;
      processes: number;
      receives: number;
      containers: { name: string; cpu: number; memory: number }[];
    }
    const [row, ...others] = (await json('top', '--json')) as Row[];
    assert.deepEqual([row?.id, row?.processes, others], [pod.id, 1, []]);
    const [container] = row?.containers ?? [];
    assert.equal(container?.name, 'burn');
    for (const { cpu, memory } of [row, container] as Row[]) {
      assert.ok(cpu > 0.1 && cpu < 1.1, `${cpu} cores`);
      assert.ok(memory > 100_000 && memory < 20_000_000, `${memory} bytes`);
    }
    assert.equal(typeof row?.receives, 'number');
  });

  test('ps and pods list what runs, and all where that is asked for', async () => {
    const onTerminal = async (command: string): Promise<string[]> => {
      const words = `${slipway} --config ${lab.node.place.directory}/config.toml ${command}`;
      return (await text(spawn('script', ['-qec', words, '/dev/null']).stdout)).trimEnd().split('\r\n');
    };
    assert.deepEqual(await onTerminal('ps'), ['none']);
    const { pod, id } = await named('web', 'sleep 1000');
    const done = await pod.start(shell(lab.image, 'exit 3', { metadata: { name: 'job', attempt: 2 } }));
    const stopped = await Pod.run(lab.cri, podConfig(lab.node));
    await lab.cri.stopPodSandbox({ podSandboxId: stopped.id });
    await until('it has ended', async () => (await pod.status(done)).state === ContainerState.CONTAINER_EXITED);
    const [name, other] = [pod, stopped].map(({ config }) => config.metadata?.name);
    type Row = Record<string, string>;

    const containers = (await json('ps', '--all', '--json')) as Row[];
    const said = containers.map((row) => [
      row['id'],
      row['name'],
      row['pod'],
      row['state'],
      row['attempt'],
      row['image'],
    ]);
    const all = [
      [id, 'web', name, 'running', '0', lab.image],
      [done, 'job', name, 'exited', '2', lab.image],
    ];
    assert.deepEqual(said.map(String).toSorted(), all.map(String).toSorted());
    assert.deepEqual(
      ((await json('ps', '--json')) as Row[]).map((row) => row['id']),
      [id],
    );
    const pods = (await json('pods', '--all', '--json')) as Row[];
    const those = pods.map((row) => [row['id'], row['namespace'], row['name'], row['state'], row['containers']]);
    const both = [
      [pod.id, 'default', name, 'ready', '1/2'],
      [stopped.id, 'default', other, 'not ready', '0/0'],
    ];
    assert.deepEqual(those.map(String).toSorted(), both.map(String).toSorted());
    // For people: a head, and a line each.
    const [head = '', line = '', ...more] = await onTerminal('pods');
    assert.match(head, /^ID +NAMESPACE +NAME +STATE +CONTAINERS +HANDLER +AGE$/);
    assert.ok(line.startsWith(pod.id.slice(0, 12)) && line.includes(` ${name} `), line);
    assert.deepEqual(more, []);
  });

  test('inspect shows a container and a pod by name, and says when there is none', async () => {
    const { pod, id } = await named('web', 'sleep 1000');
    const container = (await json('inspect', 'web')) as Record<string, Record<string, unknown>>;
    assert.deepEqual([container['kind'], container['status']?.['id']], ['container', id]);
    assert.equal(container['info']?.['sandboxID'], pod.id);
    const own = (await json('inspect', pod.config.metadata?.name ?? '')) as Record<string, unknown>;
    assert.deepEqual([own['kind'], own['containers']], ['pod', [id]]);
    assert.match(await text(start('inspect', 'nothing').stderr), /no container and no pod has the name or id nothing/);
  });

  test('events follow containers, over the end of a gateway', async () => {
    const child = start('events', '--json');
    let seen = '';
    child.stdout.on('data', (chunk) => (seen += String(chunk)));
    const told = (id: string): string[] =>
      seen
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { id: string; event: string; exitCode?: number })
        .filter((row) => row.id === id)
        .map(({ event, exitCode }) => `${event}${exitCode ?? ''}`);
    // It is there when it tells of a pod.
    await until('it listens', async () => {
      const pod = await Pod.run(lab.cri, podConfig(lab.node));
      await pod.remove();
      return told(pod.id).includes('deleted');
    });
    const { pod, id } = await named('web', 'sleep 2; exit 5');
    const [gateway] = processesOf(lab.node, 'gateway-0');
    process.kill(gateway?.pid ?? 0, 'SIGKILL');
    await replaced(lab.node, [gateway?.pid ?? 0]);
    await pod.exited(id);
    await until('it tells the end', () => told(id).includes('stopped5'));
    assert.deepEqual([...new Set(told(id))], ['created', 'started', 'stopped5']);
    child.kill('SIGINT');
  });
});
