import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessState } from './process.js';

/** What `slipway status` and tests read: <state>/up.json, written at each change. */
export interface UpState {
  pid: number;
  node: string;
  socket: string;
  nats: string;
  redis: string;
  ready: boolean;
  processes: { name: string; pid?: number; state: ProcessState; restarts: number; http?: string }[];
}

export function writeUpState(state: string, content: UpState): void {
  const file = join(state, 'up.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function readUpState(state: string): UpState | undefined {
  try {
    return JSON.parse(readFileSync(join(state, 'up.json'), 'utf8')) as UpState;
  } catch {
    return undefined;
  }
}

export function removeUpState(state: string): void {
  rmSync(join(state, 'up.json'), { force: true });
}
