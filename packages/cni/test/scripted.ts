import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { NetworkList, type PluginConf } from '../src/index.js';

/** A directory of shell scripts that serve as plugins, and the log that they write. */
export interface Scripted {
  dir: string;
  cacheDir: string;
  /** Adds a plugin that logs its call and its configuration, then runs `body`. */
  plugin: (name: string, body: string) => Promise<void>;
  list: (plugins: PluginConf[], extra?: { cniVersion?: string; own?: boolean; name?: string }) => NetworkList;
  /** The calls so far, as `COMMAND plugin netns`; `none` for an empty netns. */
  calls: () => Promise<string[]>;
  /** The configuration of the last call of a plugin with a command. */
  conf: (command: string, name: string) => Promise<Record<string, unknown>>;
  env: (command: string, name: string) => Promise<string>;
}

export const address = '{"cniVersion":"1.0.0","ips":[{"address":"192.0.2.77/24","gateway":"192.0.2.1"}]}';
/** A plugin body that answers ADD with {@link address}. */
export const answers = `[ "$CNI_COMMAND" = ADD ] && echo '${address}'; exit 0`;

export async function scripted(t: TestContext): Promise<Scripted> {
  const dir = await mkdtemp(join(tmpdir(), 'slipway-test-cni-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const log = join(dir, 'log');
  await writeFile(log, '');
  return {
    dir,
    cacheDir: join(dir, 'cache'),
    plugin: (name, body) =>
      writeFile(
        join(dir, name),
        `#!/bin/bash
echo "$CNI_COMMAND ${name} \${CNI_NETNS:-none}" >> ${log}
cat > ${dir}/conf-$CNI_COMMAND-${name}
env | grep ^CNI_ | sort > ${dir}/env-$CNI_COMMAND-${name}
${body}
`,
        { mode: 0o755 },
      ),
    list: (plugins, { cniVersion = '1.0.0', own = false, name = 'scripted' } = {}) =>
      new NetworkList({ name, cniVersion, slipwayOwn: own, plugins }, [dir]),
    calls: async () => (await readFile(log, 'utf8')).trim().split('\n').filter(Boolean),
    conf: async (command, name) =>
      JSON.parse(await readFile(join(dir, `conf-${command}-${name}`), 'utf8')) as Record<string, unknown>,
    env: (command, name) => readFile(join(dir, `env-${command}-${name}`), 'utf8'),
  };
}
