import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const daemon = '/usr/sbin/dockerd';
const shared = '/run/docker';

export const noDocker = existsSync(daemon) ? false : 'Debian package docker.io is not installed';

/** A dockerd of the test's own: its data, socket and containerd, and no network. */
export class Docker {
  private constructor(
    readonly directory: string,
    readonly child: ChildProcess,
    /** Whether another dockerd's directory was there before. */
    readonly hadShared: boolean,
  ) {}

  static async start(directory: string): Promise<Docker> {
    const hadShared = existsSync(shared);
    // Not the machine's own configuration.
    writeFileSync(join(directory, 'daemon.json'), '{}');
    const log = openSync(join(directory, 'dockerd.log'), 'w');
    const child = spawn(
      daemon,
      [
        ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')],
        ...['--host', `unix://${join(directory, 'docker.sock')}`, '--pidfile', join(directory, 'docker.pid')],
        ...['--storage-driver', 'vfs', '--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'],
        ...['--config-file', join(directory, 'daemon.json'), '--log-level', 'error'],
      ],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
    const docker = new Docker(directory, child, hadShared);
    for (let tries = 0; ; tries++) {
      try {
        docker.run('version');
        return docker;
      } catch (error) {
        if (child.exitCode === null && tries < 100) {
          await sleep(200);
          continue;
        }
        await docker.stop();
        throw new Error(`dockerd did not start: ${readFileSync(join(directory, 'dockerd.log'), 'utf8')}`, {
          cause: error,
        });
      }
    }
  }

  /** Runs the docker command, and answers what it prints. */
  run(...words: string[]): string {
    return execFileSync('docker', ['--host', `unix://${join(this.directory, 'docker.sock')}`, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DOCKER_BUILDKIT: '0', DOCKER_CONFIG: this.directory },
      maxBuffer: 2 ** 28,
    });
  }

  /** Builds the context that the file stands in. @returns the image's id, its config's digest */
  build(file: string, tag: string): string {
    this.run('build', '-q', '--network', 'none', '-t', tag, '-f', file, join(file, '..'));
    return this.run('image', 'inspect', '-f', '{{.Id}}', tag).trim();
  }

  /** Ends dockerd and, through it, its containerd. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await gone;
    }
    rmSync(join(this.directory, 'data'), { recursive: true, force: true });
    // Whatever --exec-root says, dockerd makes this one too.
    if (!this.hadShared) rmSync(shared, { recursive: true, force: true });
  }
}
