import { Signal } from '@slipway/cri';

/** The CRI's number for a signal name such as SIGTERM or SIGRTMIN+3; the default where it has none. */
export function criSignal(name: string): Signal {
  const key = name.replace('+', 'PLUS').replace('-', 'MINUS');
  return key in Signal ? Signal[key as keyof typeof Signal] : Signal.RUNTIME_DEFAULT;
}
