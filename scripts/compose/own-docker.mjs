import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/**
 * A dockerd with data, socket and state of its own and no bridge or firewall rule, so that
 * no other docker on this machine notices. Debian's docker.io has what it needs.
 */
export async function startOwnDocker() {
  const data = mkdtempSync(join(tmpdir(), 'slipway-docker-'));
  const state = mkdtempSync('/run/slipway-docker-');
  const socket = join(state, 'docker.sock');
  const config = join(state, 'daemon.json');
  const log = join(data, 'log');
  writeFileSync(config, '{}');
  const output = openSync(log, 'a');
  const child = spawn(
    'dockerd',
    [
      ...['--config-file', config, '--data-root', join(data, 'data'), '--exec-root', join(state, 'exec')],
      ...['--host', `unix://${socket}`, '--pidfile', join(state, 'pid')],
      ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-masq=false', '--ip-forward=false'],
      ...['--add-runtime', `nested=${fileURLToPath(new URL('nested-runc.mjs', import.meta.url))}`],
      ...['--default-runtime', 'nested'],
    ],
    // A group of its own: an interrupt at the keyboard must not end it before its containers are gone.
    { stdio: ['ignore', output, output], detached: true },
  );
  const failed = new Promise((resolve) => child.once('error', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await Promise.race([ended, failed]);
    for (const mount of mountsBelow([data, state])) spawnSync('umount', ['-l', mount]);
    for (const directory of [data, state]) rmSync(directory, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 300; tries++) {
    const state = await Promise.race([ended.then(() => 'ended'), failed.then(() => 'failed'), sleep(100)]);
    if (state !== undefined) break;
    if (existsSync(socket) && spawnSync('docker', ['--host', `unix://${socket}`, 'info']).status === 0) {
      return { host: `unix://${socket}`, stop };
    }
  }
  const why = readFileSync(log, 'utf8').trim().split('\n').slice(-3).join('\n');
  await stop();
  throw new Error(`dockerd does not start: is Debian's docker.io installed?\n${why}`);
}

function mountsBelow(directories) {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => directories.some((directory) => point.startsWith(`${directory}/`)))
    .toReversed();
}
