import { constants } from 'node:os';

/** glibc keeps 32 and 33 for itself (signal(7)). */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** The number of a signal: `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`, `RTMAX-1`. Undefined for what is none. */
export function signalNumber(name: string): number | undefined {
  const text = name.trim().toUpperCase().replace(/^SIG/, '');
  const realTime = /^(RTMIN|RTMAX)(?:([+-])(\d+))?$/.exec(text);
  let number: number | undefined;
  if (/^\d+$/.test(text)) number = Number(text);
  else if (realTime) {
    const offset = Number(realTime[3] ?? 0) * (realTime[2] === '-' ? -1 : 1);
    number = (realTime[1] === 'RTMIN' ? SIGRTMIN : SIGRTMAX) + offset;
  } else number = constants.signals[`SIG${text}` as NodeJS.Signals];
  return number !== undefined && number >= 1 && number <= SIGRTMAX ? number : undefined;
}
