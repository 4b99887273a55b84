import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const directory = mkdtempSync(join(tmpdir(), 'slipway-package-'));
after(() => rmSync(directory, { recursive: true }));
const program = fileURLToPath(new URL('../src/main.js', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const deb = `slipway_${version}_amd64.deb`;

function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20, ...options });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** Makes the amd64 package, of a given time and with another umask; answers its file. */
function make(name: string, umask: string): string {
  const out = join(directory, name);
  const words = [process.execPath, program, '--arch', 'amd64', '--fast', '--only', 'deb', '--out', out];
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1790000000' };
  run('sh', ['-c', `umask ${umask}; exec "$@"`, 'sh', ...words], { env });
  return join(out, deb);
}
const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

const file = make('first', '022');
const tree = join(directory, 'tree');

test('two builds of one commit are the same bytes', () => {
  assert.equal(sha256(make('second', '077')), sha256(file));
  assert.match(
    readFileSync(join(directory, 'second/SHA256SUMS'), 'utf8'),
    new RegExp(`^${sha256(file)}  ${deb}$`, 'm'),
  );
  rmSync(join(directory, 'second'), { recursive: true });
});

test("its files are root's, nobody else may write them, and one time is on all of them", () => {
  const lines = run('dpkg-deb', ['-c', file]).trim().split('\n');
  for (const line of lines) {
    assert.match(line, /^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--|lrwxrwxrwx) root\/root +\d+ 2026-09-21 14:13 /, line);
  }
  const paths = lines.map((line) => /:13 (\S+)/.exec(line)?.[1]);
  for (const path of [
    './usr/bin/slipway',
    './usr/lib/slipway/bin/node',
    './usr/lib/systemd/system/slipway.service',
    './usr/lib/systemd/system/slipway.socket',
    './usr/share/man/man1/slipway.1.gz',
    './usr/share/bash-completion/completions/slipway',
    './etc/slipway/config.toml',
    './usr/share/doc/slipway/copyright',
  ])
    assert.ok(paths.includes(path), path);
});

test('the control file names what a node needs, and /etc is configuration', () => {
  const field = (name: string): string => run('dpkg-deb', ['-f', file, name]).trim();
  assert.equal(field('Version'), version);
  const depends = field('Depends').split(', ');
  for (const name of [
    'conmon',
    'crun | runc',
    'containernetworking-plugins',
    'nats-server',
    'redis-server | valkey-server',
  ])
    assert.ok(depends.includes(name), name);
  assert.equal(run('dpkg-deb', ['-I', file, 'conffiles']), '/etc/slipway/config.toml\n');
});

test('every component of the bundles is in the bill of materials and in the copyright file', () => {
  run('dpkg-deb', ['-x', file, tree]);
  const docs = join(tree, 'usr/share/doc/slipway');
  const bill = JSON.parse(readFileSync(join(docs, 'sbom.cdx.json'), 'utf8')) as {
    components: { name: string; version: string }[];
  };
  const copyright = readFileSync(join(docs, 'copyright'), 'utf8');
  const names = bill.components.map((one) => one.name);
  for (const name of ['node', 'koffi', '@koromix/koffi-linux-x64', 'nats', 'ioredis', '@grpc/grpc-js', 'undici'])
    assert.ok(names.includes(name), name);
  for (const one of bill.components) assert.ok(copyright.includes(`\n${one.name} ${one.version} (`), one.name);
});

test('the documentation is whole: each link of a page leads to a file of the package', () => {
  const docs = join(tree, 'usr/share/doc/slipway');
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  const links = pages.flatMap((page) =>
    [...readFileSync(join(docs, page), 'utf8').matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(
      ([, to = '']) => [page, to] as const,
    ),
  );
  const broken = links.filter(([page, to]) => !existsSync(join(docs, dirname(page), to)));
  assert.deepEqual(broken, []);
  assert.ok(links.length > 50, `${links.length} links`);
  assert.ok(links.some(([page, to]) => page === 'install.md' && to === 'daemonset.yaml'));
  assert.match(readFileSync(join(docs, 'daemonset.yaml'), 'utf8'), new RegExp(`/slipway-installer:${version}$`, 'm'));
});

test('completion of three shells and a man page of each command are in the package', () => {
  const share = join(tree, 'usr/share');
  for (const [path, word] of [
    ['bash-completion/completions/slipway', 'complete '],
    ['zsh/vendor-completions/_slipway', '#compdef slipway'],
    ['fish/vendor_completions.d/slipway.fish', 'complete -c slipway'],
  ] as const)
    assert.ok(readFileSync(join(share, path), 'utf8').includes(word), path);
  const pages = readdirSync(join(share, 'man/man1'));
  for (const name of ['upgrade', 'install-config', 'executor', 'reset'])
    assert.ok(pages.includes(`slipway-${name}.1.gz`), name);
  assert.deepEqual(readdirSync(join(share, 'man/man5')), ['slipway-config.toml.5.gz']);
});

/** The environment of a machine without node: the programs of these names in PATH report the call and fail. */
function withoutNode(): NodeJS.ProcessEnv {
  const path = join(directory, 'no-node');
  mkdirSync(path, { recursive: true });
  for (const name of ['node', 'npm', 'npx'])
    writeFileSync(join(path, name), `#!/bin/sh\necho "${name} was called" >&2\nexit 127\n`, { mode: 0o755 });
  return { PATH: `${path}:/usr/sbin:/usr/bin:/sbin:/bin` };
}

test('the command runs on the node of the package', () => {
  const slipway = join(tree, 'usr/bin/slipway');
  const node = run(join(tree, 'usr/lib/slipway/bin/node'), ['--version']).trim();
  const told = JSON.parse(run(slipway, ['version', '--json'], { env: withoutNode(), cwd: '/' })) as { node: string };
  assert.equal(told.node, node);
  const { stdout } = spawnSync(slipway, ['doctor'], { env: withoutNode(), encoding: 'utf8' });
  assert.match(stdout, /in order$/m);
  assert.doesNotMatch(stdout, /node is not installed|node: /);
});

test('its demo runs a pod without node or npm on the machine, only on processes of its own node', async () => {
  const child = spawn(join(tree, 'usr/bin/slipway'), ['demo', '--handler', 'crun'], { env: withoutNode(), cwd: '/' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  const own = new Set<string>();
  const look = setInterval(() => {
    for (const exe of nodesOf(child)) own.add(exe);
  }, 200);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(look);
  assert.equal(code, 0, said);
  assert.match(said, /All of it worked, and nothing is left\./);
  assert.deepEqual([...own], [join(tree, 'usr/lib/slipway/bin/node')], said);
});

/** The programs of the services that run from the tree, and of nothing else. */
function nodesOf({ pid }: ChildProcess): string[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === pid) return [];
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return command.includes(`${tree}/usr/lib/slipway/services`) ? [readlinkSync(`/proc/${name}/exe`)] : [];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

test("what the package does at its installation makes the services' code caches", () => {
  const lib = join(tree, 'usr/lib/slipway');
  const services = readdirSync(join(lib, 'services')).map((name) => join(lib, 'services', name, 'dist'));
  run(join(lib, 'bin/node'), [join(lib, 'code-cache.mjs'), ...services], { env: withoutNode() });
  for (const dist of services) assert.ok(existsSync(join(dist, 'service.cache')), dist);
});
