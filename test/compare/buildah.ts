import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const noBuildah = existsSync('/usr/bin/buildah') ? false : 'Debian package buildah is not installed';

/** buildah on a storage of its own below `directory`; it has no daemon. */
export class Buildah {
  constructor(readonly directory: string) {
    writeFileSync(join(directory, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
    writeFileSync(join(directory, 'registries.conf'), '');
  }

  run(command: string, ...words: string[]): string {
    const place = [
      '--storage-driver',
      'vfs',
      '--root',
      join(this.directory, 'root'),
      '--runroot',
      join(this.directory, 'run'),
    ];
    return execFileSync('buildah', [...place, command, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CONTAINERS_REGISTRIES_CONF: join(this.directory, 'registries.conf') },
    });
  }

  /** Builds the context that the file stands in, one layer an instruction. */
  build(file: string, tag: string): void {
    const policy = ['--signature-policy', join(this.directory, 'policy.json')];
    this.run('bud', '-q', '--layers', '--isolation', 'chroot', ...policy, '-t', tag, '-f', file, join(file, '..'));
  }

  /** To `docker://…`, `oci-archive:…` or `docker-archive:…`. */
  push(tag: string, target: string): void {
    this.run(
      'push',
      '-q',
      '--tls-verify=false',
      '--signature-policy',
      join(this.directory, 'policy.json'),
      tag,
      target,
    );
  }
}
