import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DoctorSettings, examine, type Finding, type Probes, type Report, Root } from '../src/index.js';

export const defaults: DoctorSettings = {
  cgroupDriver: 'cgroupfs',
  cgroupParent: 'slipway',
  stateDirectory: '/run/slipway',
  dataDirectory: '/var/lib/slipway',
  cniConfDir: '/etc/cni/net.d',
  cniOwnList: true,
  cniBinDirs: ['/opt/cni/bin', '/usr/lib/cni'],
  cniNative: true,
  privateNats: true,
  privateRedis: true,
  httpPort: 0,
  streamingPort: 0,
};

/** A directory laid out as a node's root; take it away with remove(). */
export class NodeTree {
  readonly directory = mkdtempSync(join(tmpdir(), 'doc-'));
  readonly #servers: Server[] = [];

  write(path: string, content: string | object, mode = 0o644): this {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode });
    return this;
  }

  link(path: string, target: string): this {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    symlinkSync(target, join(this.directory, path));
    return this;
  }

  /** A real socket: a plain file of that name is none. */
  async socket(path: string): Promise<this> {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    const server = createServer();
    await new Promise<void>((done, failed) => server.once('error', failed).listen(file, done));
    this.#servers.push(server);
    return this;
  }

  process(pid: number, ...words: string[]): this {
    return this.write(`/proc/${pid}/cmdline`, `${words.join('\0')}\0`);
  }

  packaged(version: string): this {
    return this.write(
      '/var/lib/dpkg/status',
      `Package: kubelet\nStatus: install ok installed\nVersion: ${version}-00\n\n`,
    );
  }

  examine(settings: Partial<DoctorSettings> = {}, probes: Probes = {}): Report {
    return examine(new Root(this.directory), { ...defaults, ...settings }, probes);
  }

  async remove(): Promise<void> {
    for (const server of this.#servers) await new Promise((done) => server.close(done));
    rmSync(this.directory, { recursive: true });
  }
}

/** The findings that speak of something, in one text each. */
export function about(report: Report, words: RegExp): Finding[] {
  return report.findings.filter(({ what }) => words.test(what));
}

/** All lines of the steps. */
export function stepText({ steps }: Report): string {
  return steps.flatMap(({ title, lines }) => [title, ...lines]).join('\n');
}
