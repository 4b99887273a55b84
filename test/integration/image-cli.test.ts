import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildBusyboxImage } from '@slipway/testbed';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';

const program = join(dirname(fileURLToPath(import.meta.url)), '../../../packages/cli/bin/slipway');

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

describe('slipway image', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  let directory: string;
  before(async () => {
    lab = await openLab({ handlers: ['crun'] });
    directory = mkdtempSync(join(tmpdir(), 'slipway-image-cli-'));
  });
  afterEach(() => lab.clear());
  after(async () => {
    rmSync(directory, { recursive: true });
    await lab.close();
  });

  /** Runs the command as a person in a script does: no terminal. `stdin` is a file or a command whose output is piped in. */
  const slipway = async (words: string[], stdin: { file?: string; pipe?: string[] } = {}): Promise<Result> => {
    const input = stdin.file ? openSync(stdin.file, 'r') : stdin.pipe ? 'pipe' : 'ignore';
    const args = [...words, '--config', join(lab.node.place.directory, 'config.toml')];
    const child = spawn(program, args, { stdio: [input, 'pipe', 'pipe'] });
    const [first, ...rest] = stdin.pipe ?? [];
    if (first && child.stdin) spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout.pipe(child.stdin);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr?.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (typeof input === 'number') closeSync(input);
    return { status, stdout, stderr };
  };
  const json = async <T>(words: string[], stdin: { file?: string; pipe?: string[] } = {}): Promise<T> => {
    const result = await slipway([...words, '--json'], stdin);
    assert.equal(result.status, 0, result.stderr);
    return JSON.parse(result.stdout) as T;
  };
  const build = (name: string) =>
    buildBusyboxImage({ registry: lab.registry, repository: `cli/${name}`, files: { note: name } });
  /** An archive of a pushed image, written by skopeo. */
  const archive = (format: 'docker-archive' | 'oci-archive', reference: string, name: string): string => {
    const file = join(directory, `${format}-${Date.now()}.tar`);
    execFileSync('skopeo', [
      'copy',
      '-q',
      '--src-tls-verify=false',
      `docker://${reference}`,
      `${format}:${file}:${name}`,
    ]);
    return file;
  };

  test('pull tells its steps line by line, and the long and the short form are one', async () => {
    const pushed = await build('pull');
    const { status, stdout, stderr } = await slipway(['pull', pushed.reference]);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `${pushed.id}\n`);
    const lines = stderr.trim().split('\n');
    for (const line of lines) assert.match(line, new RegExp(`^${pushed.reference}: (resolve|fetch|unpack|sync|done)`));
    assert.ok(lines.length >= 2, stderr);
    assert.deepEqual(await json(['image', 'pull', pushed.reference]), { image: pushed.reference, id: pushed.id });
    const rows = await json<{ id: string; repoTags: string[] }[]>(['image', 'ls']);
    assert.deepEqual(rows, await json(['images']));
    assert.ok(rows.some(({ id, repoTags }) => id === pushed.id && repoTags.includes(pushed.reference)));
  });

  test('load takes files, standard input and pipes; the image runs and has the id of a pull', async () => {
    const pushed = await build('load');
    const gzip = archive('docker-archive', pushed.reference, 'load:docker');
    execFileSync('gzip', ['-1', gzip]);
    const oci = archive('oci-archive', pushed.reference, 'reg.example/load:oci');
    type Loaded = { id: string; repoTags: string[] }[];
    assert.deepEqual(await json<Loaded>(['image', 'load', '-i', `${gzip}.gz`]), [
      { id: pushed.id, repoTags: ['docker.io/library/load:docker'] },
    ]);
    const second = ['docker.io/library/load:docker', 'reg.example/load:oci'];
    assert.deepEqual(await json<Loaded>(['image', 'load'], { file: oci }), [{ id: pushed.id, repoTags: second }]);
    assert.deepEqual(await json<Loaded>(['image', 'load'], { pipe: ['zstd', '-q', '-c', oci] }), [
      { id: pushed.id, repoTags: second },
    ]);
    const handedOver = readdirSync(join(lab.node.root, 'downloads')).filter((name) => name.startsWith('load-'));
    assert.deepEqual(handedOver, [], 'a copy of standard input is left');

    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const id = await pod.start(shell('reg.example/load:oci', 'exec sleep 1000'));
    assert.equal(await pod.exec(id, 'cat', '/note'), 'load');

    interface Inspected {
      id: string;
      containers: string[];
      config: { rootfs: { diff_ids: string[] } };
      layers: { diffID: string; present: boolean; sizeOnDisk: number }[];
    }
    const inspected = await json<Inspected>(['image', 'inspect', 'load:docker']);
    assert.equal(inspected.id, pushed.id);
    assert.deepEqual(inspected.containers, [id]);
    assert.deepEqual(
      inspected.layers.map(({ diffID }) => diffID),
      inspected.config.rootfs.diff_ids,
    );
    assert.ok(inspected.layers.every(({ present, sizeOnDisk }) => present && sizeOnDisk > 0));

    const [removed] = await json<{ id: string; containers: string[] }[]>(['image', 'rm', 'load:docker']);
    assert.deepEqual([removed?.id, removed?.containers], [pushed.id, [id]]);
    assert.equal(await pod.exec(id, 'cat', '/note'), 'load');
    const { kept } = await json<{ kept: { id: string; reason: string }[] }>(['image', 'gc', '--dry-run']);
    const layer = inspected.layers.at(-1)?.diffID;
    assert.equal(kept.find((item) => item.id === layer)?.reason, `container ${id}`);
  });

  test('verify finds files that the disk has lost, pull brings them back, and containers that run keep what they have', async () => {
    const pushed = await buildBusyboxImage({
      registry: lab.registry,
      repository: 'cli/verify',
      files: { note: 'verify', more: 'm' },
    });
    type Verified = { id: string; layers: { diffID: string; lost: number; absent: boolean }[] }[];
    await slipway(['pull', pushed.reference]);
    const whole = await json<Verified>(['image', 'verify', pushed.reference]);
    assert.ok(whole[0]?.layers.every(({ lost, absent }) => lost === 0 && !absent));
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const id = await pod.start(shell(pushed.reference, 'exec sleep 1000'));
    const layer = whole[0]?.layers.at(-1)?.diffID ?? '';
    rmSync(join(lab.node.root, 'layers', layer.replace(':', '/'), 'fs', 'note'));

    const { status, stdout } = await slipway(['image', 'verify']);
    assert.equal(status, 1);
    assert.match(stdout, new RegExp(`has lost 1 of \\d+[^]*slipway pull ${pushed.reference}`));
    await assert.rejects(pod.create(shell(pushed.reference, 'true')), (error: Error) => {
      return error.message.includes(layer.slice(7)) && error.message.includes('IMAGE_NOT_FOUND');
    });
    assert.equal(await pod.exec(id, 'cat', '/more'), 'm');
    await slipway(['pull', pushed.reference]);
    assert.deepEqual(await json<Verified>(['image', 'verify', pushed.reference]), whole);
    assert.equal(await pod.exec(id, 'cat', '/more'), 'm');
    const next = await pod.start(shell(pushed.reference, 'exec sleep 1000'));
    assert.equal(await pod.exec(next, 'cat', '/note'), 'verify');
    await assert.rejects(pod.start({ ...shell(pushed.reference, ''), command: ['/no/such'] }), /slipway image verify/);
  });

  test('explain names hosts without asking them', async () => {
    const answer = await json<{ hosts: { url: string; reason: string }[] }>([
      'image',
      'explain',
      'no.such.example/x:v1',
    ]);
    assert.equal(answer.hosts[0]?.url, 'https://no.such.example/v2');
    assert.match(answer.hosts[0]?.reason ?? '', /no hosts.toml names no.such.example/);
  });

  test('what cannot be done says why and ends with status 1', async () => {
    const cases: [string[], string, RegExp][] = [
      [['image', 'rm', 'no/such:image'], 'IMAGE_NOT_FOUND', /not on this node/],
      [['image', 'inspect', 'no/such:image'], 'IMAGE_NOT_FOUND', /not on this node/],
      [['image', 'load', '-i', '/etc/passwd'], 'IMAGE_INVALID', /.+/],
      [['image', 'load', '-i', '/nonexistent.tar'], 'INVALID_REQUEST', /cannot open \/nonexistent\.tar/],
      [['pull', `${lab.registry.host}/no/such:image`, '-q'], 'REGISTRY_NOT_FOUND', /manifest unknown/],
    ];
    for (const [words, code, text] of cases) {
      const { status, stderr } = await slipway([...words, '-o', 'json']);
      assert.equal(status, 1, words.join(' '));
      const error = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { code: string; msg: string };
      assert.match(error.msg, text, words.join(' '));
      assert.equal(error.code, code, words.join(' '));
    }
  });

  test('on a terminal a pull draws bars for its layers and leaves the id alone', {
    skip: !existsSync('/usr/bin/script'),
  }, async () => {
    const pushed = await build('terminal');
    const typescript = join(directory, 'typescript');
    const line = `${program} pull ${pushed.reference} --config ${join(lab.node.place.directory, 'config.toml')}`;
    execFileSync('script', ['-q', '-e', '-c', `stty cols 120 rows 24; ${line}`, typescript], { stdio: 'ignore' });
    const text = readFileSync(typescript, 'utf8');
    assert.match(text, /total +(fetch|unpack|sync) +\[#+\.*\] .* layers/);
    // Up over the lines that were drawn, and down again over what was there.
    const escapes = text.split('\x1b[');
    assert.ok(escapes.some((part) => /^\d+A\r$/.test(part)));
    assert.ok(text.includes(`\x1b[J${pushed.id}\r\n`));
  });
});
