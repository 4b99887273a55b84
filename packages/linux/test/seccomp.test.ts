import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemCallRules } from '@slipway/capabilities';
import { FilteredSpawner, type SpawnRequest, waitChild } from '../src/index.js';
import { seccompProgram } from '../src/process/seccomp-filter.js';

let directory: string;

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-seccomp-'));
});
after(() => rmSync(directory, { recursive: true }));

/** Runs a program under a profile; answers its exit code and what it said. */
async function run(spawner: FilteredSpawner, argv: readonly [string, ...string[]], input = '/dev/null') {
  const output = join(directory, 'output');
  const fds: SpawnRequest['fds'] = { 0: openSync(input, 'r'), 1: openSync(output, 'w'), 2: openSync('/dev/null', 'w') };
  try {
    const pid = await spawner.spawn({ path: argv[0], argv, env: { PATH: '/usr/bin:/bin' }, fds });
    const { code } = await waitChild(pid);
    return { code, said: readFileSync(output, 'utf8') };
  } finally {
    for (const fd of Object.values(fds)) closeSync(fd);
  }
}

test('a decompressor reads, writes and uses memory, and does nothing else', async () => {
  const spawner = new FilteredSpawner('decompressor');
  const gz = join(directory, 'x.gz');
  execFileSync('/bin/sh', ['-c', `echo hello | gzip > ${gz}`]);
  assert.deepEqual(await run(spawner, ['/bin/gzip', '-d', '-c'], gz), { code: 0, said: 'hello\n' });
  const made = join(directory, 'made');
  for (const script of [`echo x > ${made}`, 'cat /etc/hostname | cat', 'kill -0 1', '(exit 0)', `mkdir ${made}`])
    assert.notEqual((await run(spawner, ['/bin/sh', '-c', script])).code, 0, script);
  assert.equal(existsSync(made), false);
  for (const script of [
    'use Socket; socket(S, PF_INET, SOCK_STREAM, 0) or exit 1',
    'fork // exit 1',
    'chmod 0, "/tmp" or exit 1',
  ])
    assert.equal((await run(spawner, ['/usr/bin/perl', '-e', script])).code, 1, script);
});

test('a server makes no module, mount or namespace, and traces nobody, whoever it is', async () => {
  const spawner = new FilteredSpawner('server');
  const { said } = await run(spawner, ['/bin/grep', '-E', '^(Seccomp|NoNewPrivs)', '/proc/self/status']);
  assert.match(said, /NoNewPrivs:\t1\nSeccomp:\t2/);
  assert.equal((await run(spawner, ['/bin/sh', '-c', 'cat /etc/hostname | cat'])).code, 0, 'it starts programs');
  for (const script of [
    'unshare --user true',
    'unshare --mount true',
    'mount -t tmpfs none /mnt',
    'nsenter --mount=/proc/1/ns/mnt true',
  ])
    assert.notEqual((await run(spawner, ['/bin/sh', '-c', script])).code, 0, script);
  // Numbers of x86-64, and of the x32 ABI, whose calls would pass by the numbers of the others: 165 is mount, 101 ptrace.
  if (process.arch !== 'x64') return;
  for (const [number, error] of [
    [165, 1],
    [101, 1],
    [246, 1],
    [0x40000000 + 165, 38],
    [435, 38],
  ])
    assert.equal(
      (await run(spawner, ['/usr/bin/perl', '-e', `syscall(${number}, 0, 0, 0, 0, 0); print $! + 0`])).said,
      `${error}`,
      `${number}`,
    );
});

test('a process that limits itself limits all its threads, and its children', () => {
  const script = `
    import { Worker } from 'node:worker_threads';
    import { execFileSync } from 'node:child_process';
    import { readdirSync, readFileSync } from 'node:fs';
    import { once } from 'node:events';
    import { installFilter } from ${JSON.stringify(new URL('../src/index.js', import.meta.url).href)};
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await once(worker, 'online');
    const installed = installFilter('service', 'process');
    const later = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await once(later, 'online');
    const modes = readdirSync('/proc/self/task').map((id) => /Seccomp:\\t(.)/.exec(readFileSync('/proc/self/task/' + id + '/status', 'utf8'))[1]);
    let child = 'it made a namespace';
    try { execFileSync('unshare', ['--user', 'true'], { stdio: 'ignore' }); } catch (error) { child = error.status; }
    process.stdout.write(JSON.stringify({ installed, modes: [...new Set(modes)], child }), () => process.exit());`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.deepEqual(JSON.parse(said), { installed: true, modes: ['2'], child: 1 });
});

test('every call of every profile has a number on x86-64 or arm64, and no jump is too long', () => {
  for (const rules of Object.values(systemCallRules)) {
    for (const arch of ['x64', 'arm64'] as const) {
      const program = seccompProgram(rules, arch);
      assert.ok(program && program.length / 8 < 4096, arch);
    }
  }
  assert.equal(seccompProgram(systemCallRules.service, 'riscv64'), undefined);
});
