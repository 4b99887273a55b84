import { closeSync, openSync } from 'node:fs';
import type { ProcessRights } from '@slipway/capabilities';
import { confined, FilteredSpawner, killGroup, posixSpawn, type SpawnRequest, waitChild } from '@slipway/linux';

/** Attacks on a node, by name: shell scripts that succeed where the attack does, and leave nothing behind then. */
export type Attacks = Readonly<Record<string, string>>;

/** What a process that was taken over tries. `peer`: the pid of a process with more rights. */
export function attacksOn({ root, state }: { root: string; state: string }, peer: number): Attacks {
  // PTRACE_TRACEME by its number, which everybody may call who has no filter.
  const ptrace = process.arch === 'arm64' ? 117 : 101;
  const connect = `require("net").connect("${state}/slipway.sock").on("connect", () => process.exit(0))`;
  return {
    'read the password file': 'cat /etc/shadow',
    'write a file of the host': 'echo x > /etc/slipway-attack && rm /etc/slipway-attack',
    'make a setuid program':
      'f=$(mktemp) && cp /bin/true $f; chown 0 $f && chmod 4755 $f; done=$?; rm -f $f; exit $done',
    'read keys': `cat ${state}/keys/*`,
    'write into the state directory': `touch ${state}/attack && rm ${state}/attack`,
    'list bundles': `ls ${root}/bundles`,
    'write into a layer': `cd ${root}/layers/sha256/*/ && touch fs/attack && rm fs/attack`,
    'list records': `ls ${root}/records/containers`,
    'list containers': `ls ${state}/containers`,
    'connect to the CRI': `${process.execPath} -e '${connect}'`,
    'signal another process': `kill -0 ${peer}`,
    'read the memory of another process': `dd if=/proc/${peer}/mem of=/dev/null bs=1 count=0`,
    'read the environment of another process': `head -c 1 /proc/${peer}/environ`,
    'list files of another process': `ls /proc/${peer}/fd/`,
    'enter namespaces of another process': `nsenter --target ${peer} --mount true`,
    'mount a file system': 'mount -t tmpfs none /mnt && umount /mnt',
    'make a device': 'd=$(mktemp -d) && mknod $d/a b 8 0; done=$?; rm -r $d; exit $done',
    'make a user namespace': 'unshare --user true',
    'trace a process': `perl -e 'exit(syscall(${ptrace}, 0, 0, 0, 0) != 0)'`,
    'change the host name': 'hostname "$(hostname)"',
    'give the host an address': 'ip address add 127.9.9.9/32 dev lo && ip address delete 127.9.9.9/32 dev lo',
    'change a setting of the kernel': 'v=$(cat /proc/sys/vm/swappiness) && echo $v > /proc/sys/vm/swappiness',
  };
}

/** Milliseconds that an attack may take. */
const attackMs = 20_000;

/** Tries each attack with exactly these rights; answers the names of those that succeeded. */
export async function succeeding(rights: ProcessRights, attacks: Attacks): Promise<string[]> {
  const { systemCalls } = rights;
  const spawner = systemCalls && new FilteredSpawner(systemCalls);
  const start = (request: SpawnRequest): number | Promise<number> => spawner?.spawn(request) ?? posixSpawn(request);
  const nothing = openSync('/dev/null', 'r+');
  const env = { PATH: process.env['PATH'] ?? '' };
  const succeeded: string[] = [];
  try {
    for (const [name, script] of Object.entries(attacks)) {
      const argv = confined(rights, ['/bin/sh', '-c', script]);
      const fds = { 0: nothing, 1: nothing, 2: nothing };
      const pid = await start({ path: argv[0], argv, env, fds, group: 'group' });
      const late = setTimeout(() => killGroup(pid, 'SIGKILL'), attackMs);
      const { code } = await waitChild(pid).finally(() => clearTimeout(late));
      if (code === 0) succeeded.push(name);
    }
  } finally {
    closeSync(nothing);
  }
  return succeeded;
}
