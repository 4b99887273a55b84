/** How bad it is: only a problem keeps pods from running, and makes the exit status 1. */
export type Level = 'ok' | 'note' | 'warning' | 'problem';

/** A finding of a check. */
export interface Finding {
  readonly level: Level;
  /** The check that saw it, for example `cgroups`. */
  readonly check: string;
  /** The observation, with the file or object it was made in. */
  readonly what: string;
  /** Why it matters to pods on this node. */
  readonly why: string;
  /** The remedy; empty where nothing has to be done. */
  readonly todo: string;
}

/** Collects the findings of one check. */
export class Findings {
  readonly all: Finding[] = [];
  readonly #check: string;

  constructor(check: string) {
    this.#check = check;
  }

  ok(what: string, why = ''): void {
    this.all.push({ level: 'ok', check: this.#check, what, why, todo: '' });
  }

  note(what: string, why: string, todo = ''): void {
    this.all.push({ level: 'note', check: this.#check, what, why, todo });
  }

  warning(what: string, why: string, todo: string): void {
    this.all.push({ level: 'warning', check: this.#check, what, why, todo });
  }

  problem(what: string, why: string, todo: string): void {
    this.all.push({ level: 'problem', check: this.#check, what, why, todo });
  }
}
