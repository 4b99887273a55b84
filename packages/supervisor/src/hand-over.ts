import { readFileSync, writeFileSync } from 'node:fs';
import { SlipwayError } from '@slipway/errors';
import { closeFd, openMemoryFile, setInherited } from '@slipway/linux';
import type { ProcessRemains } from './process-spec.js';

/** The newest format of a hand-over that this version reads, and the one that it writes. */
export const handOverFormat = 1;
/** In which environment variable the next supervisor finds the descriptor of the hand-over. */
const variable = 'SLIPWAY_HANDOVER';

/**
 * The state that a supervisor leaves to its successor in the same process: the descriptors of sockets and of the
 * channels to its children, and its knowledge about these. A file in memory holds it, as JSON.
 */
export interface HandOver {
  format: number;
  upgrade: UpgradeOrder;
  sockets: { path: string; fd: number; own: boolean }[];
  /** The URL of the private NATS; empty where there is none. */
  nats: string;
  servers: { name: string; remains: ProcessRemains }[];
  members: { group: string; instance: number; leaving: boolean; remains: ProcessRemains }[];
}

/** An upgrade that was ordered. */
export interface UpgradeOrder {
  /** The id of the order, by which its outcome is found. */
  id: string;
  from: string;
  to: string;
  /** The directory of the installation, and its mark by installationMark. Absent in orders of older versions. */
  tree?: string;
  mark?: string;
  /** The upgrade before it, for a command that waits for that one and has not seen its end. */
  before?: UpgradeOutcome;
}

/** How an upgrade has ended. */
export interface UpgradeOutcome {
  id: string;
  from: string;
  to: string;
  state: 'done' | 'failed';
  error?: string | undefined;
}

/** Writes a hand-over and answers the variable by which the next program finds it. */
export function writeHandOver(handOver: HandOver): Record<string, string> {
  const fd = openMemoryFile('slipway-hand-over');
  writeFileSync(fd, JSON.stringify(handOver));
  setInherited(fd, true);
  return { [variable]: String(fd) };
}

/**
 * Takes the hand-over of the supervisor that ran in this process before; undefined where there was none.
 * @throws UPGRADE_REFUSED for a format that is too new
 */
export function takeHandOver(env: NodeJS.ProcessEnv = process.env): HandOver | undefined {
  const fd = env[variable];
  delete env[variable];
  if (fd === undefined) return undefined;
  // By its name, since the descriptor is at the end of the file.
  const handOver = JSON.parse(readFileSync(`/proc/self/fd/${fd}`, 'utf8')) as HandOver;
  closeFd(Number(fd));
  if (handOver.format > handOverFormat) {
    throw new SlipwayError(
      'UPGRADE_REFUSED',
      `the supervisor before left a hand-over of format ${handOver.format}; this version knows ${handOverFormat}`,
      { hint: 'start the node again: containers keep running' },
    );
  }
  return handOver;
}
