import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GuestChannel, type Ran } from './channel.js';
import { bootOf, cacheDirectory, logged, nodeImage } from './image.js';
import { logDirectory } from './logs.js';
import type { Machine, MachineOptions } from './machine.js';
import { patience, setPatience } from './patience.js';
import { progress } from './progress.js';
import { accelerator, checkQemu, emulationFactor, startQemu } from './qemu.js';
import { nameOf, type Recipe } from './recipe.js';
import { checkUml, startUml } from './uml.js';

/** A guest is up within half a minute on an idle machine. */
const bootMs = 300_000;
const powerOffMs = 120_000;
/** For a script in the guest, where starting a program takes tens of milliseconds. */
const scriptMs = 120_000;

/** A Debian with systemd as its pid 1 on a disk of its own, booted and booted again. */
export class Guest {
  readonly #atExit = (): void => {
    this.#machine?.killNow();
    rmSync(this.directory, { recursive: true, force: true });
  };
  #machine: Machine | undefined;
  #channel: GuestChannel | undefined;
  #boots = 0;

  private constructor(
    readonly recipe: Recipe,
    /** What its disk is a copy of. */
    readonly image: string,
    /** On this machine: the disk, sockets, and `share`. */
    readonly directory: string,
    /** The console of every boot; it stays. */
    readonly console: string,
  ) {}

  /** Its directory /host, of this machine. */
  get share(): string {
    return join(this.directory, 'share');
  }

  /** Makes a guest with a copy of the image of the recipe, and boots it. */
  static async boot(recipe: Recipe): Promise<Guest> {
    if (recipe.qemu) checkQemu();
    else checkUml();
    const image = await nodeImage(recipe);
    const console = join(logDirectory(cacheDirectory()), `${nameOf(recipe)}-${process.pid}.console`);
    const guest = new Guest(recipe, image, mkdtempSync(join(tmpdir(), 'sw-guest-')), console);
    if (recipe.qemu && accelerator(bootOf(image)) === 'tcg') setPatience(emulationFactor);
    mkdirSync(guest.share);
    copyFileSync(fileURLToPath(new URL('agent.js', import.meta.url)), join(guest.share, 'agent.mjs'));
    process.on('exit', guest.#atExit);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
    try {
      await logged(join(guest.directory, 'copy.log'), 'cp', ['--sparse=always', image, guest.#disk]);
      await guest.start();
    } catch (error) {
      await guest.remove();
      throw error;
    }
    return guest;
  }

  #startMachine(options: MachineOptions): Machine {
    return this.recipe.qemu ? startQemu(options, bootOf(this.image)) : startUml(options);
  }

  get #disk(): string {
    return join(this.directory, 'disk');
  }

  /** Boots it; resolves when programs can be run in it. */
  async start(): Promise<void> {
    progress(`booting Debian ${this.recipe.version}, boot ${++this.#boots}, console ${this.console}`);
    const began = Date.now();
    const work = join(this.directory, 'machine');
    const machine = this.#startMachine({ disk: this.#disk, share: this.share, work, console: this.console });
    this.#machine = machine;
    const channel = new GuestChannel(machine.serial, this.share);
    this.#channel = channel;
    const tooLate = new AbortController();
    const failure = await Promise.race([
      channel.up.then(() => undefined),
      machine.ended.then((how) => `the machine ended (${how}) before the guest was up`),
      sleep(patience(bootMs), `the guest is not up after ${patience(bootMs) / 1000} s`, {
        signal: tooLate.signal,
      }).catch(() => undefined),
    ]);
    tooLate.abort();
    if (failure !== undefined) {
      await machine.kill();
      const tail = readFileSync(this.console, 'utf8').split('\n').slice(-40).join('\n');
      throw new Error(`${failure}; the end of ${this.console}:\n${tail}`);
    }
    machine.ended.then((how) => channel.close(new Error(`the guest has ended: ${how}`))).catch(() => undefined);
    progress(`Debian ${this.recipe.version} is up after ${Math.round((Date.now() - began) / 1000)} s`);
  }

  /** What a bash script printed; it must end with 0. `timeoutMs` after which it is killed: two minutes by default. */
  async run(script: string, timeoutMs = scriptMs): Promise<string> {
    const { code, stdout, stderr } = await this.tried(script, timeoutMs);
    if (code !== 0) throw new Error(`exit ${code} in the guest of: ${script}\n${stdout}${stderr}`);
    return stdout;
  }

  /** The same for a script that may fail. */
  tried(script: string, timeoutMs = scriptMs): Promise<Ran> {
    return this.#connected.run(script, patience(timeoutMs));
  }

  /** A file's text without the white space around it; undefined where there is no file. */
  async read(path: string): Promise<string | undefined> {
    return (await this.#connected.read(path))?.trim();
  }

  async write(path: string, content: string): Promise<void> {
    await this.#connected.write(path, content);
  }

  /** The path of a unix socket on this machine that leads to one in the guest. A boot ends it. */
  async forward(remote: string): Promise<string> {
    const local = join(this.directory, `${remote.split('/').pop()}.${this.#boots}`);
    mkdirSync(dirname(local), { recursive: true });
    await this.#connected.forward(local, remote);
    return local;
  }

  /** Shuts it down and boots it again from its disk. */
  async reboot(): Promise<void> {
    await this.powerOff();
    await this.start();
  }

  /** Loses what was not written to its disk yet. */
  async losePower(): Promise<void> {
    await this.#machine?.kill();
  }

  /** Shuts it down as `systemctl poweroff` does. */
  async powerOff(): Promise<void> {
    const machine = this.#machine;
    if (machine === undefined) return;
    await this.#channel?.run('sync; systemctl poweroff --no-block', patience(scriptMs)).catch(() => undefined);
    const late = new AbortController();
    const limit = sleep(patience(powerOffMs), 'late', { signal: late.signal }).catch(() => undefined);
    if ((await Promise.race([machine.ended, limit])) === 'late') {
      progress(`the guest did not shut down in ${patience(powerOffMs) / 1000} s and is killed`);
      await machine.kill();
    }
    late.abort();
    this.#machine = undefined;
  }

  /** Shuts it down and deletes its disk. */
  async remove(): Promise<void> {
    await this.powerOff();
    process.off('exit', this.#atExit);
    rmSync(this.directory, { recursive: true, force: true });
  }

  get #connected(): GuestChannel {
    if (!this.#channel) throw new Error('the guest is not booted');
    return this.#channel;
  }
}
