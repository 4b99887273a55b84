import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { directoryRights } from '@slipway/capabilities';
import type { Logger } from '@slipway/telemetry';
import { replaceFile } from './no-room.js';
import { giveDirectory, type ServerUser } from './server-user.js';

/** A site's NATS, which is joined as a leaf node. */
export interface NatsHub {
  urls: readonly string[];
  /** A .creds file; empty: none. */
  credentials: string;
  /** A PEM file; empty: the system's. */
  ca: string;
}

/**
 * Copies of the hub's credentials and CA for the private NATS server, in <state>/nats: the files of the settings may be
 * root's alone, and the server is another user.
 */
export class HubFiles {
  /** The hub, with the paths of the copies. */
  readonly hub: NatsHub;
  readonly #directory: string;
  /** Copies by their originals, with the time of change of what was copied. */
  readonly #copies: { from: string; to: string; mtimeMs: number }[];

  constructor(
    hub: NatsHub,
    state: string,
    readonly server: ServerUser,
    readonly log: Logger,
  ) {
    this.#directory = join(state, 'nats');
    const [credentials, ca] = [hub.credentials && 'hub.creds', hub.ca && 'hub-ca.pem'].map((name) =>
      name === '' ? '' : join(this.#directory, name),
    ) as [string, string];
    this.hub = { urls: hub.urls, credentials, ca };
    this.#copies = [
      { from: hub.credentials, to: credentials, mtimeMs: -1 },
      { from: hub.ca, to: ca, mtimeMs: -1 },
    ].filter(({ from }) => from !== '');
  }

  /** Copies what has changed since the last call. A file that cannot be read leaves its copy, and is logged. */
  refresh(): void {
    for (const copy of this.#copies) {
      try {
        const { mtimeMs } = statSync(copy.from);
        if (mtimeMs === copy.mtimeMs) continue;
        mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
        giveDirectory(this.#directory, { uid: 0, gid: this.server.gid }, directoryRights.hubFiles.mode);
        replaceFile(copy.to, readFileSync(copy.from, 'utf8'), this.server.gid);
        copy.mtimeMs = mtimeMs;
      } catch (error) {
        this.log.warn({ err: error, file: copy.from }, 'a file for the hub of NATS cannot be copied for the server');
      }
    }
  }
}
