import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PodSandboxState } from '@slipway/cri';
import type { Guest } from './guest.js';
import { RunningPod } from './running-pod.js';
import { progress } from './progress.js';
import type { SlipwayNode } from './slipway-node.js';
import { UpgradeLoad } from './upgrade-load.js';

const clone = fileURLToPath(new URL('../../..', import.meta.url));
/** dpkg unpacks 150 MB and the services are compiled and started: minutes in a guest. */
const dpkgMs = 900_000;

/** As many as an upgrade is tried under. */
const podCount = 30;

/** Debian packages and archives, in a directory that a guest sees as /host/debs. */
export interface Packages {
  version: string;
  /** A higher version. */
  newer: string;
}

/** Another built clone, whose package is the one that is upgraded; by default this one's. */
const from = process.env['SLIPWAY_PACKAGE_FROM'] ?? clone;

/** Makes both in the share. The newer one first: what is built stays as the clone says. */
export function makePackages(share: string): Packages {
  const { version } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as { version: string };
  const newer = version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
  const out = join(share, 'debs');
  mkdirSync(out);
  for (const [one, tree] of [[newer, clone], [version, clone], ...(from === clone ? [] : [[version, from]])] as [
    string,
    string,
  ][]) {
    progress(`making the package of ${one} in ${tree}`);
    // A clone of before may make other archives.
    const only = tree === clone ? [] : ['--only', 'deb'];
    const words = ['--version', one, '--arch', 'amd64', ...only, '--fast', '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(tree, 'scripts/package.mjs'), ...words], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`scripts/package.mjs: ${stdout}${stderr}`);
  }
  return { version, newer };
}

function installPackage(guest: Guest, version: string): Promise<string> {
  return guest.run(`dpkg -i /host/debs/slipway_${version}_amd64.deb 2>&1`, dpkgMs);
}

/** An inventory of a machine, a line each, without files of systemd and dpkg, and without the lock of iptables. */
export async function inventory(guest: Guest): Promise<string[]> {
  const out = await guest.run(
    `
    find /etc /usr /opt /srv /var/lib /run -xdev \\( -path /run/systemd -o -path /run/udev -o -path /run/log \\
      -o -path /var/lib/systemd -o -path /var/lib/dpkg -o -path '/etc/*-' -o -name '*.cache' -o -path /run/lock -o -path /run/xtables.lock \\) -prune -o -print
    find /sys/fs/cgroup -type d \\( -name '*slipway*' -o -name '*kubepods*' -o -name 'crun-*' -o -name 'cri-*' \\) -printf 'cgroup %p\\n'
    systemctl list-units --all --no-legend --plain 'slipway*' 'crun-*' 'cri-*' | awk '{print "unit", $1}'
    ls /sys/class/net | sed 's/^/interface /'
    for family in iptables ip6tables; do $family-save | grep -E '^-A|^:\\S+ - ' | sed 's/ \\[.*//' | sed "s/^/$family /"; done
    cut -d: -f1 /etc/passwd | sed 's/^/user /'
    awk '$5 ~ /slipway/ {print "mount", $5}' /proc/self/mountinfo
    pgrep -a 'conmon|redis-server|nats-server|valkey' | sed 's/^[0-9]* /process /'
    pgrep -af slipway | grep -v pgrep | sed 's/^[0-9]* /process /'
    true`,
    dpkgMs,
  );
  return out.split('\n').filter(Boolean).sort();
}

/** A package's life on a node: each test goes on from where the one before has left it. */
export function packageScenarios(node: () => SlipwayNode, packages: () => Packages, before: () => string[]): void {
  describe('the package', () => {
    let pods: RunningPod[] = [];
    let load: UpgradeLoad;
    const guest = (): Guest => node().guest;

    async function stillRun(): Promise<void> {
      for (const pod of pods) await pod.check();
    }
    async function startPods(count: number): Promise<void> {
      pods = [];
      for (let at = 0; at < count; at++) pods.push(await RunningPod.start(node()));
    }
    async function versionOf(): Promise<string> {
      const { runtimeVersion } = await node().cri.version({});
      return runtimeVersion;
    }

    test('is installed from a directory: the units are enabled, and nothing was started', async () => {
      await installPackage(guest(), packages().version);
      const units = 'slipway.service slipway.socket';
      assert.equal(await guest().run(`systemctl is-enabled ${units}`), 'enabled\nenabled\n');
      assert.equal((await guest().tried(`systemctl is-active ${units}`)).stdout, 'inactive\ninactive\n');
      const told = JSON.parse(await guest().run('slipway version --json')) as { version: string; node: string };
      assert.equal(told.version, packages().version);
      assert.match(told.node, /^v2[24]\./);
      assert.equal(await guest().run('cd /usr/lib/slipway/services; ls */dist/service.cache | wc -l'), '5\n');
    });

    test('`systemctl start` runs a node on the Node of the package, and pods', async () => {
      await guest().run('systemctl start slipway.socket');
      await node().startWith('systemd');
      await startPods(1);
      await stillRun();
      const programs = await guest().run(
        "for pid in $(pgrep -f '/usr/lib/slipway/(packages|services)'); do readlink /proc/$pid/exe; done | sort -u",
      );
      assert.equal(programs, '/usr/lib/slipway/bin/node\n');
    });

    test('a reboot starts the node, and pods of before are not ready', async () => {
      await node().reboot();
      for (const { pod } of pods) {
        const { status } = await node().cri.podSandboxStatus({ podSandboxId: pod.id });
        assert.equal(status?.state, PodSandboxState.SANDBOX_NOTREADY);
        await pod.remove();
      }
      await startPods(podCount);
    });

    test(`an upgrade under ${podCount} pods, others that come and go, an open exec and a port-forward: no call fails, nothing is lost`, async () => {
      const config = await guest().read('/etc/slipway/config.toml');
      load = await UpgradeLoad.start(node());
      await installPackage(guest(), packages().newer);
      assert.equal(await versionOf(), packages().newer);
      await load.check();
      await stillRun();
      assert.equal(await guest().read('/etc/slipway/config.toml'), config);
      const log = await guest().run('journalctl -u slipway -o cat | grep -F upgraded:');
      assert.match(log, new RegExp(`"version":"${packages().newer}".*"upgraded: every process is of this version"`));
    });

    test('an older version is gone back to in the same way', async () => {
      await installPackage(guest(), packages().version);
      assert.equal(await versionOf(), packages().version);
      assert.ok((await load.stop()) >= 2);
      await stillRun();
      await node().ready();
    });

    test('no process missed a file of its own that an upgrade had replaced', async () => {
      const { stdout } = await guest().tried(
        'journalctl -u slipway -o cat | grep -E "ERR_MODULE_NOT_FOUND|Cannot find"',
      );
      assert.equal(stdout, '');
    });

    test('a removal names the containers that run on, and an installation takes them over', async () => {
      const said = await guest().run('dpkg -r slipway 2>&1', dpkgMs);
      assert.match(said, /these containers run on without it:/);
      for (const { name, pid } of pods) {
        assert.match(said, new RegExp(`^ +default/${name}/`, 'm'));
        assert.ok(await guest().read(`/proc/${pid}/comm`), 'the container has ended');
      }
      assert.equal(await guest().run('ls -d /usr/lib/slipway /usr/bin/slipway 2>&- | wc -l'), '0\n');
      assert.notEqual((await guest().tried('systemctl is-active slipway')).stdout, 'active\n');
      await installPackage(guest(), packages().version);
      await guest().run('systemctl start slipway.socket slipway', dpkgMs);
      await node().ready();
      await stillRun();
    });

    test('a purge ends the containers and leaves nothing', async () => {
      const said = await guest().run('dpkg -P slipway 2>&1', dpkgMs);
      for (const { name, pid } of pods) {
        assert.match(
          said,
          new RegExp(`these containers run on[^]* default/${name}/[^]*ended container default/${name}/`),
        );
        assert.equal(await guest().read(`/proc/${pid}/comm`), undefined);
      }
      const known = new Set(before());
      assert.deepEqual(
        (await inventory(guest())).filter((line) => !known.has(line)),
        [],
      );
    });
  });
}
