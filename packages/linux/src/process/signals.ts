import { hasCode } from '../errno.js';
import { processGroup } from './process-info.js';

/**
 * Sends a signal to one process; 0 only asks whether it is there. Answers false when
 * there is no such process. A zombie takes signals without effect.
 */
export function signal(pid: number, name: NodeJS.Signals | number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) throw new RangeError(`${pid} is not the pid of a process`);
  return send(pid, name);
}

/**
 * Sends a signal to a process group. Groups 0 (our own), 1 (which kill(2) reads as
 * "every process") and our own by number are refused. Answers false when it is empty; zombies fill it too.
 */
export function killGroup(pgrp: number, name: NodeJS.Signals | number): boolean {
  if (!Number.isInteger(pgrp) || pgrp <= 1 || pgrp === processGroup(process.pid)) {
    throw new RangeError(`${pgrp} is not a process group that may be signalled`);
  }
  return send(-pgrp, name);
}

function send(pid: number, name: NodeJS.Signals | number): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  }
}
