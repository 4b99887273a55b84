import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { cached, detach, removeBridge } from '../src/index.js';

const run = promisify(execFile);
const binDir = '/usr/lib/cni';

/** A reason to skip, or false: these tests make namespaces and bridges. */
export const needsRoot = process.getuid?.() === 0 ? false : 'needs root: makes network namespaces';

/** A corner of the host's network for one test: own bridge, subnets, leases; all gone afterwards. */
export interface Corner {
  bridge: string;
  subnet: string;
  gateway: string;
  /** Named so that a list made of a corner has only IPv4 unless asked. */
  v6: string;
  dataDir: string;
  cacheDir: string;
  binDirs: string[];
  dir: string;
  /** A new network namespace's path. */
  netns: () => Promise<string>;
  /** Files of leases that host-local holds. */
  leases: () => Promise<string[]>;
  /** Interfaces that hang on the bridge. */
  ports: () => Promise<string[]>;
}

export async function corner(t: TestContext): Promise<Corner> {
  const dir = await mkdtemp(join(tmpdir(), 'slipway-test-cni-'));
  const octet = randomInt(1, 255);
  const hex = randomBytes(3).toString('hex');
  const namespaces: string[] = [];
  const made: Corner = {
    bridge: `slt${hex}`,
    subnet: `10.123.${octet}.0/24`,
    gateway: `10.123.${octet}.1`,
    v6: `fd12:3456:${octet.toString(16)}::/64`,
    dataDir: join(dir, 'leases'),
    cacheDir: join(dir, 'cache'),
    binDirs: [binDir],
    dir,
    async netns() {
      const name = `slipway-test-${hex}-${namespaces.length}`;
      await sh('ip', 'netns', 'add', name);
      namespaces.push(name);
      return `/run/netns/${name}`;
    },
    async leases() {
      const files = await readdir(join(dir, 'leases'), { recursive: true }).catch(() => []);
      return files.filter((file) => /\d+\.\d+\.\d+\.\d+$|::/.test(file) && !file.includes('last_reserved'));
    },
    ports: () => readdir(`/sys/class/net/${made.bridge}/brif`),
  };
  t.after(async () => {
    const ids = (await cached(made.cacheDir)).attachments.map((entry) => entry.containerId);
    for (const id of ids) await detach(made.cacheDir, id).catch(() => {});
    for (const name of namespaces) await sh('ip', 'netns', 'delete', name).catch(() => {});
    await removeBridge(made.bridge);
    await rm(dir, { recursive: true, force: true });
  });
  return made;
}

export async function sh(file: string, ...args: string[]): Promise<string> {
  return (await run(file, args, { timeout: 120_000 })).stdout;
}

/** Runs a command in a network namespace given by its path. */
export function inside(netns: string, ...command: string[]): Promise<string> {
  return sh('nsenter', `--net=${netns}`, ...command);
}

/** Runs statements of JavaScript that use `cni`, this package, in a network namespace of their own process. */
export function insideNode(netns: string, statements: string): Promise<string> {
  const entry = new URL('../src/index.js', import.meta.url).href;
  const program = `import * as cni from ${JSON.stringify(entry)};\n${statements}`;
  return inside(netns, process.execPath, '--input-type=module', '-e', program);
}

/** Serves `text` over TCP inside a namespace until the test ends. */
export async function serve(t: TestContext, netns: string, port: number, text: string): Promise<void> {
  const program = `require('net').createServer((s) => s.end(${JSON.stringify(text)})).listen(${port}, '::', () => console.log('up'))`;
  const server = spawn('nsenter', [`--net=${netns}`, process.execPath, '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => server.once('exit', resolve));
  t.after(async () => {
    server.kill('SIGKILL');
    await exited;
  });
  await new Promise((resolve, reject) => {
    server.stdout.once('data', resolve);
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`server ended with ${code}`)));
  });
}

/** The text of a TCP server, read from this process' network or from inside a namespace. */
export function ask(host: string, port: number, netns = '/proc/self/ns/net'): Promise<string> {
  const program = `
    const s = require('net').connect(${port}, ${JSON.stringify(host)});
    s.setTimeout(5000, () => s.destroy(new Error('no answer')));
    s.on('error', (e) => { console.error(e.message); process.exit(1); });
    s.pipe(process.stdout);`;
  return inside(netns, process.execPath, '-e', program);
}
