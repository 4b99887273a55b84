import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { deadlineIn } from '@slipway/time';
import { type ConmonContainer, type ConmonRequest, createContainer } from '../src/index.js';

export const skip = process.getuid?.() === 0 ? false : 'needs root';
export const runc = '/usr/sbin/runc';
const applets = ['sh', 'sleep', 'echo', 'printf', 'cat', 'seq', 'head', 'yes', 'true', 'stty', 'dd', 'tr'];

/** A directory with a busybox root file system; removed, with all containers, at the test's end. */
export class Workshop {
  readonly dir = mkdtempSync('/tmp/slipway-conmon-');
  readonly cgroup = `/slipway-test-${randomBytes(4).toString('hex')}`;
  readonly #ids: string[] = [];

  constructor(context: TestContext) {
    const bin = join(this.dir, 'rootfs/bin');
    mkdirSync(bin, { recursive: true });
    copyFileSync('/bin/busybox', join(bin, 'busybox'));
    for (const applet of applets) symlinkSync('busybox', join(bin, applet));
    context.after(() => this.#clean());
  }

  get root(): string {
    return join(this.dir, 'runc');
  }

  request(
    args: string[],
    options: { tty?: boolean; stdin?: boolean; memory?: number; logPath?: string } = {},
  ): ConmonRequest {
    const id = randomBytes(32).toString('hex');
    const bundle = join(this.dir, 'bundles', id);
    mkdirSync(bundle, { recursive: true });
    const namespaces = ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type }));
    const config = {
      ociVersion: '1.0.2',
      process: { terminal: options.tty ?? false, user: { uid: 0, gid: 0 }, args, env: ['PATH=/bin'], cwd: '/' },
      root: { path: join(this.dir, 'rootfs'), readonly: true },
      mounts: [
        { destination: '/proc', type: 'proc', source: 'proc' },
        { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
        { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance', 'ptmxmode=0666'] },
      ],
      linux: {
        namespaces,
        cgroupsPath: `${this.cgroup}/${id}`,
        resources: options.memory === undefined ? {} : { memory: { limit: options.memory, swap: options.memory } },
      },
    };
    mkdirSync(join(this.dir, 'rootfs/proc'), { recursive: true });
    mkdirSync(join(this.dir, 'rootfs/dev'), { recursive: true });
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
    const state = join(this.dir, 'containers', id);
    this.#ids.push(id);
    return {
      conmon: '/usr/bin/conmon',
      id,
      bundle,
      runtimePath: runc,
      runtimeArgs: [`--root=${this.root}`],
      logPath: options.logPath ?? join(this.dir, 'logs', id, '0.log'),
      exitDir: join(this.dir, 'exits'),
      persistDir: join(state, 'persist'),
      socketDir: join(this.dir, 'attach'),
      pidFile: join(state, 'pidfile'),
      conmonPidFile: join(state, 'conmon.pid'),
      tty: options.tty ?? false,
      stdin: options.stdin ?? false,
      stdinOnce: false,
    };
  }

  async create(request: ConmonRequest): Promise<ConmonContainer> {
    return await createContainer(request, { deadline: deadlineIn(30_000) });
  }

  start(id: string): void {
    execFileSync(runc, [`--root=${this.root}`, 'start', id]);
  }

  #clean(): void {
    for (const id of this.#ids)
      execFileSync(runc, [`--root=${this.root}`, 'delete', '--force', id], { stdio: 'ignore' });
    execFileSync('sh', ['-c', `rmdir /sys/fs/cgroup${this.cgroup} /sys/fs/cgroup/*${this.cgroup} 2>/dev/null || :`]);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
