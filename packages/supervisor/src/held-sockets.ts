import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '@slipway/errors';
import { closeFd, listenUnix, setInherited, unixSocketPath } from '@slipway/linux';
import type { Logger } from '@slipway/telemetry';

/** A listening socket that a service serves and the supervisor keeps. */
export interface SocketPlan {
  /** How the service knows it, see `takeSocket` of packages/service. */
  name: string;
  path: string;
  mode: number;
  /** Its group by number. Default: root's. */
  gid?: number;
  /** Mode of its directory, where that is made. */
  directoryMode?: number;
  /**
   * Another runtime may have the path: nobody waits for this socket then, and it is taken as soon as the other leaves it.
   * A gateway that was started without it is started again.
   */
  shared?: true;
}

interface Held {
  fd: number;
  /** Made here, and removed here; systemd's stay. */
  own: boolean;
}

/** The first descriptor that systemd hands over (sd_listen_fds(3)). */
const firstFd = 3;
const retryMs = 200;
/** Milliseconds between two tries for a shared path. */
const sharedRetryMs = 1000;

/**
 * The listening sockets of a node. The supervisor opens them before anything else runs, or gets them of systemd
 * (slipway.socket), and hands their descriptors to each process that serves them. So a client that connects while a
 * gateway is replaced, or was killed, is not refused: it waits in the socket's queue.
 */
export class HeldSockets {
  readonly #held = new Map<string, Held>();
  readonly #opening = new Map<string, Promise<number>>();
  readonly #closing = new AbortController();

  constructor(readonly log: Logger) {}

  /**
   * Takes the sockets that systemd opened for this process (sd_listen_fds(3)), and their variables out of the environment:
   * what this process starts must not take them for its own.
   */
  takeFromSystemd(env: NodeJS.ProcessEnv): void {
    const { LISTEN_PID: pid, LISTEN_FDS: count } = env;
    for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name];
    if (pid !== String(process.pid) || !/^\d+$/.test(count ?? '')) return;
    for (let fd = firstFd; fd < firstFd + Number(count); fd++) {
      setInherited(fd, false);
      const path = unixSocketPath(fd);
      if (path === undefined)
        this.log.warn({ fd }, 'systemd handed over a socket that is no unix socket: it is not used');
      else this.#held.set(path, { fd, own: false });
    }
  }

  /** Takes a socket over from the supervisor that ran in this process before. */
  adopt(path: string, fd: number, own: boolean): void {
    setInherited(fd, false);
    this.#held.set(path, { fd, own });
  }

  /** All of them, for the next supervisor in this process. */
  get all(): { path: string; fd: number; own: boolean }[] {
    return [...this.#held].map(([path, { fd, own }]) => ({ path, fd, own }));
  }

  /**
   * The descriptor of a socket, which is opened where it is not held. While another process serves the path, as a gateway
   * of a supervisor that was killed does until it has ended, it is tried again.
   * @throws SlipwayError CANCELLED when the supervisor ends; SyscallError
   */
  open(plan: SocketPlan): Promise<number> {
    const { path } = plan;
    const held = this.#held.get(path);
    if (held) return Promise.resolve(held.fd);
    const opening = this.#opening.get(path) ?? this.#open(plan).finally(() => this.#opening.delete(path));
    this.#opening.set(path, opening);
    return opening;
  }

  /**
   * The descriptor of a shared socket; undefined while another runtime serves the path, or where it cannot be opened.
   * @param opened called once, when the socket was opened after all
   */
  async openShared(plan: SocketPlan, opened: () => void): Promise<number | undefined> {
    const { path } = plan;
    const held = this.#held.get(path);
    if (held) return held.fd;
    if (!this.#opening.has(path)) {
      try {
        return await this.#openOnce(plan);
      } catch (error) {
        this.log.warn({ err: error, socket: path }, 'a socket cannot be had yet; it is tried again');
      }
      const opening = this.#open(plan, sharedRetryMs).finally(() => this.#opening.delete(path));
      this.#opening.set(path, opening);
      opening.then(opened).catch((error: unknown) => this.log.debug({ err: error, socket: path }, 'not opened'));
    }
    return undefined;
  }

  /** Those that systemd handed over and that are none of these paths: nobody serves them. */
  unused(paths: readonly string[]): string[] {
    return [...this.#held.keys()].filter((path) => !paths.includes(path));
  }

  /** Closes a socket that nobody is to serve any more: clients are refused from now on. A socket of systemd stays. */
  release(path: string): void {
    const held = this.#held.get(path);
    if (!held?.own) return;
    this.#held.delete(path);
    closeFd(held.fd);
    rmSync(path, { force: true });
  }

  /** Closes all of them. */
  close(): void {
    this.#closing.abort();
    for (const path of [...this.#held.keys()]) this.release(path);
  }

  async #open(plan: SocketPlan, againMs = retryMs): Promise<number> {
    for (let tries = 0; !this.#closing.signal.aborted; tries++) {
      try {
        return await this.#openOnce(plan);
      } catch (error) {
        if (this.#closing.signal.aborted) break;
        if (!plan.shared && !(error instanceof SlipwayError)) throw error;
        if (tries === 0 && !plan.shared)
          this.log.warn({ err: error, socket: plan.path }, 'a socket cannot be had yet; it is tried again');
        await sleep(againMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
    throw new SlipwayError('CANCELLED', 'slipway up is ending');
  }

  async #openOnce({ path, mode, gid, directoryMode }: SocketPlan): Promise<number> {
    if (directoryMode !== undefined) mkdirSync(dirname(path), { recursive: true, mode: directoryMode });
    const fd = await listenUnix(path, mode, gid);
    if (this.#closing.signal.aborted) {
      closeFd(fd);
      rmSync(path, { force: true });
      throw new SlipwayError('CANCELLED', 'slipway up is ending');
    }
    this.#held.set(path, { fd, own: true });
    return fd;
  }
}
