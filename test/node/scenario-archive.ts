import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerState, NamespaceMode } from '@slipway/cri';
import type { Guest } from './guest.js';
import { NodePod } from './pods.js';
import { RunningPod } from './running-pod.js';
import { inventory, type Packages } from './scenario-package.js';
import type { SlipwayNode } from './slipway-node.js';

/** The archive is unpacked, copied, and the services are compiled and started: minutes in a guest. */
const installMs = 900_000;

/** An archive's life on a node that has no package of Slipway: each test goes on from where the one before has left it. */
export function archiveScenarios(node: () => SlipwayNode, packages: () => Packages, before: () => string[]): void {
  describe('the archive', () => {
    let pod: RunningPod;
    const guest = (): Guest => node().guest;

    /** By the commands that docs/install.md names. */
    async function install(version: string, ...options: string[]): Promise<string> {
      const name = `slipway-${version}-amd64`;
      return await guest().run(
        `cd /root && { [ -d ${name} ] || tar -xzf /host/debs/${name}.tar.gz; } && ${name}/install.sh ${options.join(' ')} 2>&1`,
        installMs,
      );
    }
    async function versionOf(): Promise<string> {
      return (await node().cri.version({})).runtimeVersion;
    }
    const installed = (): Promise<string> => guest().run('cd /opt/slipway && ls -d */ && readlink current');

    test('is installed by its script: the units are enabled, and nothing was started', async () => {
      const { version } = packages();
      await install(version);
      const units = 'slipway.service slipway.socket';
      assert.equal(await guest().run(`systemctl is-enabled ${units}`), 'enabled\nenabled\n');
      assert.equal((await guest().tried(`systemctl is-active ${units}`)).stdout, 'inactive\ninactive\n');
      const told = JSON.parse(await guest().run('slipway version --json')) as { version: string };
      assert.equal(told.version, version);
      assert.match(await install(version), /is in \/opt\/slipway\/\S+ already/);
      assert.equal(await installed(), `${version}/\ncurrent/\n${version}\n`);
    });

    test('`systemctl start` runs a node from its directory', async () => {
      await guest().run('systemctl start slipway.socket');
      await node().startWith('systemd');
      pod = await RunningPod.start(node());
      await pod.check();
    });

    test('that of a newer version upgrades the node under its pod, and the older one goes back', async () => {
      const { version, newer } = packages();
      const config = await guest().read('/etc/slipway/config.toml');
      for (const next of [newer, version]) {
        await install(next);
        await node().ready();
        assert.equal(await versionOf(), next);
        await pod.check();
        assert.equal(await installed(), `${version}/\n${newer}/\ncurrent/\n${next}\n`);
      }
      assert.equal(await guest().read('/etc/slipway/config.toml'), config);
    });

    test('the installer image, run as a privileged pod by the node itself, upgrades it', async () => {
      const { version, newer } = packages();
      const file = `/host/debs/slipway-installer-${newer}.oci.tar`;
      const image = `127.0.0.1:5000/slipway-installer:${newer}`;
      const loaded = await guest().run(
        `slipway image load -i ${file} --name 127.0.0.1:5000/slipway-installer`,
        installMs,
      );
      assert.match(loaded, new RegExp(image));
      const ofNode = { namespaceOptions: { pid: NamespaceMode.NODE, network: NamespaceMode.NODE }, privileged: true };
      const installer = await NodePod.run(node(), 'crun', { linux: { securityContext: ofNode } });
      const start = (...args: string[]): Promise<string> =>
        installer.start('', {
          image: { image },
          command: [],
          args,
          mounts: [{ containerPath: '/host', hostPath: '/' }],
          linux: { securityContext: ofNode },
        });
      const once = await start();
      const { exitCode } = await installer.exited(once, installMs);
      const log = (await installer.log(once)).join('\n');
      assert.equal(exitCode, 0, log);
      assert.match(log, new RegExp(`upgraded from ${version} to ${newer}`));
      await node().ready();
      assert.equal(await versionOf(), newer);
      assert.equal(await installed(), `${version}/\n${newer}/\ncurrent/\n${newer}\n`);
      await pod.check();

      // As in a DaemonSet: it finds all of it done, runs on, and ends when it is stopped.
      const kept = await start('--keep');
      for (;;) {
        const { state } = await installer.status(kept);
        const said = (await installer.log(kept)).join('\n');
        assert.equal(state, ContainerState.CONTAINER_RUNNING, said);
        if (said.includes('this pod runs on')) break;
        await sleep(2000);
      }
      await node().ready();
      await node().cri.stopContainer({ containerId: kept, timeout: 30n });
      assert.equal((await installer.status(kept)).exitCode, 0);
      await installer.remove();
      assert.equal((await guest().tried('ls -d /opt/slipway.installer /opt/slipway/.new')).stdout, '');
      await pod.check();
    });

    test('its removal names the container that runs on, and an installation takes it over', async () => {
      const said = await guest().run(`/root/slipway-${packages().version}-amd64/install.sh --remove 2>&1`, installMs);
      assert.match(said, new RegExp(`these containers run on without it:\\n +default/${pod.name}/`));
      assert.equal(await guest().run('ls -d /opt/slipway /usr/local/bin/slipway 2>&- | wc -l'), '0\n');
      await install(packages().version, '--start', '--configure', 'crictl');
      assert.match(
        (await guest().read('/etc/crictl.yaml')) ?? '',
        /runtime-endpoint: unix:\/\/\/run\/slipway\/slipway\.sock/,
      );
      await guest().run('rm /etc/crictl.yaml');
      await node().ready();
      await pod.check();
    });

    test('a purge ends the container and leaves nothing', async () => {
      const said = await guest().run(`/root/slipway-${packages().version}-amd64/install.sh --purge 2>&1`, installMs);
      assert.match(said, new RegExp(`ended container default/${pod.name}/`));
      assert.equal(await guest().read(`/proc/${pod.pid}/comm`), undefined);
      const known = new Set(before());
      assert.deepEqual(
        (await inventory(guest())).filter((line) => !known.has(line)),
        [],
      );
    });
  });
}
