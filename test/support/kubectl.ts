import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What a kubectl run printed and how it ended. */
export interface KubectlRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Minor version of the kubectl on this machine; undefined where there is none. */
export function kubectlMinor(): number | undefined {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { minor: string } };
  return Number.parseInt(clientVersion.minor, 10);
}

/** A kubectl that knows one API server alone. */
export class Kubectl {
  readonly #home = mkdtempSync(join(tmpdir(), 'sw-kubectl-'));
  readonly env: NodeJS.ProcessEnv;
  readonly flags: string[];

  /** @param webSocket whether it may use WebSocket, as it does by itself since 1.30 and 1.31; else SPDY */
  constructor(server: string, webSocket: boolean) {
    this.flags = [`--server=${server}`, `--cache-dir=${join(this.#home, 'cache')}`];
    this.env = {
      PATH: process.env['PATH'],
      HOME: this.#home,
      KUBECONFIG: join(this.#home, 'none'),
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: String(webSocket),
      KUBECTL_PORT_FORWARD_WEBSOCKETS: String(webSocket),
    };
  }

  start(...args: string[]) {
    return spawn('kubectl', [...this.flags, ...args], { env: this.env, stdio: 'pipe' });
  }

  async run(args: string[], input: Buffer | string = ''): Promise<KubectlRun> {
    const child = this.start(...args);
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? -1));
    });
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, stdout, stderr };
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}
