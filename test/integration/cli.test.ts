import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ContainerState, PodSandboxState } from '@slipway/cri';
import { hostSwitch } from '../support/host-switch.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { replaced, signalProcess } from '../support/processes.js';
import { until } from '../support/until.js';

const slipway = fileURLToPath(new URL('../../../packages/cli/bin/slipway', import.meta.url));
const hooks = { timeout: 120_000 };

describe('commands for people', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab({ handlers: ['crun'] });
  }, hooks);
  afterEach(() => lab.clear(), hooks);
  after(() => lab.close(), hooks);

  const start = (...args: string[]) =>
    spawn(slipway, ['--config', join(lab.node.place.directory, 'config.toml'), ...args], { stdio: 'pipe' });
  const json = async (...args: string[]): Promise<unknown> => JSON.parse(await text(start(...args).stdout));
  const named = async (name: string, script: string, more = {}): Promise<{ pod: Pod; id: string }> => {
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    return { pod, id: await pod.start(shell(lab.image, script, { metadata: { name, attempt: 0 }, ...more })) };
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
    const { mounts, turn } = hostSwitch(lab.node);
    await named('job', 'while [ ! -e /switch/on ]; do echo yet; usleep 50000; done; echo over; exit 5', { mounts });
    const child = start('attach', 'job');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let seen = '';
    child.stdout.on('data', (chunk) => (seen += String(chunk)));
    await until('it is joined', () => seen.includes('yet\n'));
    turn();
    assert.equal(await ended, 5);
    assert.match(seen, /^(yet\n)+over\n$/);
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
      // A machine with other work leaves it less than one.
      assert.ok(cpu > 0 && cpu < 1.1, `${cpu} cores`);
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
    assert.match(head, /^ID +NAME +STATE +CONTAINERS +HANDLER +AGE$/);
    assert.ok(line.startsWith(pod.id.slice(0, 12)) && line.includes(` default/${name} `), line);
    assert.deepEqual(more, []);
    // The same in a pipe.
    const { stdout } = start('ps');
    assert.match(
      await text(stdout),
      new RegExp(`^ID +NAME +STATE.*\n${id.slice(0, 13)} +default/${name}/web +running `),
    );
  });

  test('inspect shows a container and a pod by name, and says when there is none', async () => {
    const { pod, id } = await named('web', 'sleep 1000');
    const container = (await json('inspect', '-o', 'json', 'web')) as Record<string, Record<string, unknown>>;
    assert.deepEqual([container['kind'], container['status']?.['id']], ['container', id]);
    assert.equal(container['info']?.['sandboxID'], pod.id);
    const own = (await json('inspect', '--json', `default/${pod.config.metadata?.name}`)) as Record<string, unknown>;
    assert.deepEqual([own['kind'], own['containers']], ['pod', [id]]);
    assert.match(await text(start('inspect', 'nothing').stderr), /no container and no pod has the name or id nothing/);
  });

  const run = async (...args: string[]): Promise<{ code: number | null; out: string; error: string }> => {
    const child = start(...args);
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, out, error };
  };

  test('names on the node are what a shell may complete a word to, and a node that is gone has none', async () => {
    const { pod } = await named('web', 'sleep 1000');
    const config = join(lab.node.place.directory, 'config.toml');
    const ask = async (...words: string[]): Promise<string[]> => {
      const child = spawn(slipway, ['__complete', '--config', config, ...words], { stdio: 'pipe' });
      const lines = (await text(child.stdout)).trim().split('\n');
      return lines.slice(0, -1).map((line) => line.split('\t')[0] ?? '');
    };
    // A node that answers late is not waited for, and this machine may be busy.
    const complete = async (...words: string[]): Promise<string[]> => {
      let answer: string[] = [];
      await until(`${words.join(' ')} is completed`, async () => (answer = await ask(...words)).length > 0);
      return answer;
    };
    const whole = `${pod.config.metadata?.namespace}/${pod.config.metadata?.name}`;
    assert.deepEqual(await complete('logs', ''), [`${whole}/web`]);
    assert.deepEqual(await complete('exec', '-it', 'we'), ['web']);
    assert.deepEqual(await complete('stop', whole.slice(0, -1)), [whole, `${whole}/web`]);
    assert.deepEqual(await complete('port-forward', pod.id.slice(0, 5)), [pod.id.slice(0, 13)]);
    assert.deepEqual(await complete('image', 'inspect', lab.image.slice(0, -1)), [lab.image]);
    assert.deepEqual(await complete('executors', 'drain', ''), ['crun']);
    assert.deepEqual(await complete('scale', 'executor.'), ['executor.crun=']);
    assert.deepEqual(await ask('--state', '/nowhere', '--gateway.socket', '/nowhere/s', 'logs', ''), []);
  });

  test('exec hands its words to the command as they are, -- and settings of that name included', async () => {
    const { pod } = await named('web', 'sleep 1000');
    const name = `default/${pod.config.metadata?.name}/web`;
    assert.deepEqual(await run('exec', name, '--', 'sh', '-c', 'echo "$0" "$@"; exit 3', '--root', '/x', '--node=y'), {
      code: 3,
      out: '--root /x --node=y\n',
      error: '',
    });
    assert.equal((await run('exec', 'web', 'echo', '--config', '/none', '-o', 'json')).out, '--config /none -o json\n');
  });

  test('run starts a pod with one container, attached or not, and rm removes it', async () => {
    const attached = await run(
      'run',
      '--rm',
      '-e',
      'A=b c',
      '-w',
      '/tmp',
      lab.image,
      'sh',
      '-c',
      'echo "$A" $PWD; echo e >&2; exit 4',
    );
    assert.deepEqual(attached, { code: 4, out: 'b c /tmp\n', error: 'e\n' });
    const cat = start('run', '-i', '--rm', lab.image, 'cat');
    cat.stdin.end('to and fro');
    assert.equal(await text(cat.stdout), 'to and fro');
    assert.deepEqual((await lab.cri.listPodSandbox({})).items, []);
    const host = await run('run', '--rm', '--network', 'host', lab.image, 'readlink', '/proc/self/ns/net');
    assert.equal(host.out.trim(), readlinkSync('/proc/self/ns/net'));

    const detached = await run(
      'run',
      '-d',
      '--name',
      'web',
      lab.image,
      'sh',
      '-c',
      'trap "exit 5" TERM; echo up; while :; do usleep 10000; done',
    );
    assert.match(detached.out, /^default\/web\/web [0-9a-f]{64}\n$/);
    const id = detached.out.trim().split(' ')[1] ?? '';
    assert.match((await run('run', '-d', '--name', 'web', lab.image)).error, /there is a pod of this name already/);
    await until('it speaks', async () => (await run('logs', 'web')).out === 'up\n');
    const refused = await run('rm', 'web');
    assert.equal(refused.code, 1);
    assert.match(refused.error, /default\/web: it runs: default\/web\/web \(CONTAINER_STATE\)/);
    assert.equal((await run('stop', id.slice(0, 12))).out, 'container default/web/web\n');
    const { status } = await lab.cri.containerStatus({ containerId: id });
    assert.equal(status?.exitCode, 5, 'it had its grace');
    assert.equal((await run('rm', 'default/web')).out, 'pod default/web\n');
    assert.deepEqual((await lab.cri.listPodSandbox({})).items, []);
    assert.deepEqual(readdirSync(join(lab.node.settings.root, 'run-logs')), []);
  });

  test('run stops what it runs when it is interrupted, and stop and rm --force end the rest', async () => {
    const child = start('run', lab.image, 'sh', '-c', 'trap "exit 6" TERM; echo up; while :; do usleep 10000; done');
    const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGINT');
    assert.equal(await code, 6);
    const { items } = await lab.cri.listPodSandbox({});
    assert.deepEqual(
      [items.length, items[0]?.state],
      [1, PodSandboxState.SANDBOX_NOTREADY],
      'it stays, to be looked at',
    );
    const { pod } = await named('web', 'sleep 1000');
    assert.equal((await run('rm', '-f', 'web')).code, 0, 'the container alone');
    assert.deepEqual((await lab.cri.listContainers({ filter: { podSandboxId: pod.id } })).containers, []);
    assert.equal((await run('rm', '--all', '--force')).code, 0);
    assert.deepEqual((await lab.cri.listPodSandbox({})).items, []);
    assert.match(
      (await run('rm', 'web')).error,
      /no container and no pod has the name or id web \(CONTAINER_NOT_FOUND\)/,
    );
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
    await replaced(lab.node, [signalProcess(lab.node, 'gateway-0', 'SIGKILL')]);
    await pod.exited(id);
    await until('it tells the end', () => told(id).includes('stopped5'));
    assert.deepEqual([...new Set(told(id))], ['created', 'started', 'stopped5']);
    child.kill('SIGINT');
  });
});
