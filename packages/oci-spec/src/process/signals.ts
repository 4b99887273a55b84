import { Signal } from '@slipway/cri';
import { SlipwayError } from '@slipway/errors';
import { invalidField } from '../field.js';

/** Numbers as on x86 and ARM, signal(7); Slipway's handlers run on no other. */
const standard: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};
const synonyms: Readonly<Record<string, string>> = { SIGIOT: 'SIGABRT', SIGCLD: 'SIGCHLD', SIGPOLL: 'SIGIO' };
const names = new Map(Object.entries(standard).map(([name, number]) => [number, name]));
/** As glibc and musl count: the two lowest are the C library's own. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/**
 * The number of a signal, by its name with or without SIG, in any case, by
 * `RTMIN+3` and `RTMAX-1`, or by its number; undefined when it is none.
 */
export function signalNumber(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= SIGRTMAX ? number : undefined;
  }
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const realtime = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realtime) {
    const offset = realtime[3] === undefined ? 0 : Number(`${realtime[2]}${realtime[3]}`);
    const number = (realtime[1] === 'MIN' ? SIGRTMIN : SIGRTMAX) + offset;
    return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
  }
  return standard[synonyms[name] ?? name];
}

/** The name of a signal's number: SIGTERM, SIGRTMIN+3; 32 and 33 have none but themselves. */
export function signalName(number: number): string {
  const name = names.get(number);
  if (name) return name;
  if (number < SIGRTMIN || number > SIGRTMAX) return String(number);
  return number === SIGRTMIN ? 'SIGRTMIN' : `SIGRTMIN+${number - SIGRTMIN}`;
}

const criNames = new Map<number, string>(Object.entries(Signal).map(([name, value]) => [value, name]));

/** The name that the CRI's Signal enum has for a stop signal, for ContainerStatus; RUNTIME_DEFAULT when it has none. */
export function criSignal(text: string): Signal {
  const number = signalNumber(text);
  if (number === undefined) return Signal.RUNTIME_DEFAULT;
  for (const [value, name] of criNames) {
    if (value !== Signal.RUNTIME_DEFAULT && criSignalNumber(name) === number) return value as Signal;
  }
  return Signal.RUNTIME_DEFAULT;
}

function criSignalNumber(name: string): number | undefined {
  return signalNumber(name.replace('PLUS', '+').replace('MINUS', '-'));
}

/** The signal that ends a container: the config's, else the image's, else SIGTERM. */
export function stopSignal(config: Signal, image: string): string {
  if (config !== Signal.RUNTIME_DEFAULT) {
    const number = criSignalNumber(criNames.get(config) ?? '');
    if (number === undefined) throw invalidField('stop_signal', `${String(config)} is no signal`);
    return signalName(number);
  }
  if (image === '') return 'SIGTERM';
  const number = signalNumber(image);
  if (number === undefined) {
    throw new SlipwayError('IMAGE_INVALID', `image config.StopSignal: ${JSON.stringify(image)} is no signal`);
  }
  return signalName(number);
}
