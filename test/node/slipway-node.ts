import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildBusyboxImage, type CriClient, criClient, startRegistry } from '@slipway/testbed';
import { Guest } from './guest.js';
import { patience } from './patience.js';
import { progress } from './progress.js';
import type { Recipe } from './recipe.js';

export type Driver = 'cgroupfs' | 'systemd';
export type Handler = 'runc' | 'crun';

/** A service of node takes a second or more to start in a guest, and there are seven beside the servers. */
const readyMs = 300_000;
const clone = fileURLToPath(new URL('../../..', import.meta.url));
const socket = '/run/slipway/slipway.sock';

/** A guest with Slipway installed in it as its administrator would, and a registry on its loopback. */
export class SlipwayNode {
  #cri: CriClient | undefined;

  private constructor(
    readonly guest: Guest,
    /** The reference of the busybox image in the guest's registry. */
    readonly image: string,
  ) {}

  /** Boots a guest and installs Slipway in it: by default the built tree and the units. */
  static async install(
    recipe: Recipe,
    install: (guest: Guest) => Promise<unknown> = installTree,
  ): Promise<SlipwayNode> {
    const guest = await Guest.boot(recipe);
    try {
      const image = await prepareRegistry(guest.share);
      await install(guest);
      const node = new SlipwayNode(guest, image);
      await node.startRegistry();
      return node;
    } catch (error) {
      await guest.remove();
      throw error;
    }
  }

  /** A client of the CRI in the guest. */
  get cri(): CriClient {
    if (!this.#cri) throw new Error('the node was not started');
    return this.#cri;
  }

  /** Writes the configuration, starts the unit again and waits until the node is ready with its handlers. */
  async startWith(driver: Driver, more: Record<string, string> = {}): Promise<void> {
    const settings = { 'log.level': 'debug', 'cgroup.driver': driver, ...more };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
    const config = `${lines.join('')}runtime.handlers.runsc.enabled = false\n`;
    await this.guest.write('/etc/slipway/config.toml', config);
    await this.guest.run('systemctl restart slipway', readyMs);
    await this.ready();
  }

  /** Connects to the CRI and waits until runc and crun take pods. Fails with the unit's log. */
  async ready(): Promise<void> {
    this.#cri?.close();
    this.#cri = criClient(await this.guest.forward(socket), 'v1', 'localhost', patience(60_000));
    const began = Date.now();
    let before = '';
    while (Date.now() - began < patience(readyMs)) {
      const lacking = await this.#lacking();
      if (lacking === '') {
        await this.cri.pullImage({ image: { image: this.image } }, { timeoutMs: patience(120_000) });
        progress(`the node is ready after ${Math.round((Date.now() - began) / 1000)} s`);
        return;
      }
      if (lacking !== before) progress(`not ready: ${lacking}`);
      before = lacking;
      await sleep(2000);
    }
    throw new Error(`not ready in ${patience(readyMs) / 1000} s: ${before}\n${await this.journal(60)}`);
  }

  /** Why runc and crun do not both take pods; empty when they do. */
  async #lacking(): Promise<string> {
    const unit = (await this.guest.tried('systemctl is-active slipway')).stdout.trim();
    if (unit !== 'active') return `the unit is ${unit}`;
    // By the group's old name, because packages of earlier versions know no other.
    const { code, stdout, stderr } = await this.guest.tried('slipway executor ls --json');
    if (code !== 0) return stderr.trim();
    const { instances } = JSON.parse(stdout) as {
      instances: { handler: string; healthy: boolean; reason: string }[];
    };
    const handlers: Handler[] = ['runc', 'crun'];
    return handlers
      .filter((name) => !instances.some(({ handler, healthy }) => handler === name && healthy))
      .map((name) => `${name}: ${instances.find(({ handler }) => handler === name)?.reason || 'is not up'}`)
      .join('; ');
  }

  /** The last lines of the unit's log. */
  journal(lines: number): Promise<string> {
    return this.guest.run(`journalctl -u slipway -n ${lines} --no-pager -o cat`);
  }

  async startRegistry(): Promise<void> {
    await this.guest.run('systemd-run --quiet --unit=registry docker-registry serve /host/registry/config.yml');
    await this.guest.run(
      'for try in $(seq 100); do (echo > /dev/tcp/127.0.0.1/5000) 2>&- && exit; sleep 0.3; done; exit 1',
    );
  }

  /** Boots the guest again, with the unit enabled: it comes up by itself. */
  async reboot(): Promise<void> {
    await this.guest.reboot();
    await this.startRegistry();
    await this.ready();
  }

  /** Keeps the unit's log beside the console's, and removes the guest. */
  async remove(): Promise<void> {
    this.#cri?.close();
    const log = this.guest.console.replace(/\.console$/, '.journal');
    await this.guest
      .run('journalctl --no-pager > /host/journal', 300_000)
      .then(() => cpSync(join(this.guest.share, 'journal'), log))
      .catch(() => undefined);
    if (existsSync(log)) progress(`the journal of the guest is in ${log}`);
    await this.guest.remove();
  }
}

/** As from a clone, without a package. */
async function installTree(guest: Guest): Promise<void> {
  progress('installing the built tree and the unit');
  const packed = join(guest.share, 'slipway');
  const { status, stderr } = spawnSync(process.execPath, [join(clone, 'scripts/pack.mjs'), packed], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`scripts/pack.mjs: ${stderr}`);
  cpSync(join(clone, 'packages/cli/systemd/slipway.service'), join(packed, 'slipway.service'));
  await guest.run(
    `set -e
     cp -a /host/slipway /usr/lib/slipway
     ln -s /usr/lib/slipway/packages/cli/bin/slipway /usr/bin/slipway
     mv /usr/lib/slipway/slipway.service /usr/lib/systemd/system/
     systemctl daemon-reload
     systemctl enable slipway`,
    300_000,
  );
  rmSync(packed, { recursive: true });
}

/** Fills the storage of a registry on this machine; the guest serves it from the share, on 127.0.0.1:5000. */
async function prepareRegistry(share: string): Promise<string> {
  const directory = join(share, 'registry');
  mkdirSync(directory);
  const registry = await startRegistry(directory);
  try {
    const { repository } = await buildBusyboxImage({ registry });
    const config = join(directory, 'config.yml');
    writeFileSync(
      config,
      readFileSync(config, 'utf8')
        .replace(registry.host, '127.0.0.1:5000')
        .replace(/rootdirectory: [^}]*/, 'rootdirectory: /host/registry/data'),
    );
    return `${repository.replace(registry.host, '127.0.0.1:5000')}:latest`;
  } finally {
    await registry.stop();
  }
}
