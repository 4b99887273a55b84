import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInHandlers, loadSettings, settingKeys } from '@slipway/config';
import { capabilitiesOf, type RuntimeKind, runtimeKinds } from '@slipway/runtime-kinds';

/** A runtime's kind by the name of its program. A wrapper of runc, such as NVIDIA's, is called as runc is. */
export function kindOf(program: string): RuntimeKind {
  const name = program.split('/').at(-1) ?? '';
  const runs = runtimeKinds.filter((kind) => capabilitiesOf(kind).runsContainers);
  return runs.find((kind) => name.startsWith(kind)) ?? 'runc';
}

export interface CarriedHandler {
  kind: RuntimeKind;
  path?: string | undefined;
  root?: string | undefined;
  passAnnotations?: readonly string[];
}

/** A value of a setting. */
export type CarriedValue = string | number | boolean | readonly string[];

/** Names that a table [runtime.handlers.<name>] may have: packages/config, namedPath. */
const namePattern = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/** Slipway's configuration as other runtimes' settings make it, filled in by their checks. */
export class ConfigDraft {
  readonly handlers = new Map<string, CarriedHandler>();
  readonly pinned = new Set<string>();
  readonly #more = new Map<string, CarriedValue>();
  root: string | undefined;
  defaultHandler: string | undefined;
  confDir: string | undefined;
  confTemplate: string | undefined;
  binDirs: readonly string[] | undefined;
  registryDirs: readonly string[] | undefined;

  /** Takes a handler over. Answers false for a name that no table of handlers may have. */
  addHandler(name: string, handler: CarriedHandler): boolean {
    if (!namePattern.test(name)) return false;
    this.handlers.set(name, handler);
    return true;
  }

  /** Whether pods without a runtime class would have a handler: a name that nobody serves stops the node. */
  get knowsDefault(): boolean {
    const name = this.defaultHandler;
    return name === undefined || this.handlers.has(name) || builtInHandlers.some((own) => own === name);
  }

  /** Adds a setting by its dotted key, unless it is Slipway's default. */
  set(key: string, value: CarriedValue): void {
    if (JSON.stringify(settingKeys[key]?.default) === JSON.stringify(value)) this.#more.delete(key);
    else this.#more.set(key, value);
  }

  /** The lines of /etc/slipway/config.toml; `wanted` leaves out what another file sets. */
  lines(cgroup: { value: string; from: string }, wanted: (key: string) => boolean = () => true): string[] {
    const all: [key: string, value: CarriedValue | undefined, comment?: string][] = [
      ['root', this.root],
      ['cgroup.driver', cgroup.value, cgroup.from],
      ['runtime.defaultHandler', this.knowsDefault ? this.defaultHandler : undefined],
      ...[...this.handlers].flatMap(([name, handler]) => handlerValues(name, handler)),
      ['network.confDir', this.confDir],
      ['network.confTemplate', this.confTemplate],
      ['network.binDirs', this.binDirs],
      ['images.registryDirs', this.registryDirs],
      ['images.pinned', this.pinned.size > 0 ? [...this.pinned] : undefined],
      ...[...this.#more].map(([key, value]): [string, CarriedValue] => [key, value]),
    ];
    const sections = new Map<string, string[]>();
    for (const [key, value, comment] of all) {
      if (value === undefined || !wanted(key)) continue;
      const { table, name } = split(key);
      const lines = sections.get(table) ?? (table === '' ? [] : [`[${table}]`]);
      const text = `${name} = ${JSON.stringify(value).replaceAll('","', '", "')}`;
      lines.push(comment === undefined ? text : `${text}   # ${comment}`);
      sections.set(table, lines);
    }
    return [...sections.values()].flatMap((lines, at) => (at === 0 ? lines : ['', ...lines]));
  }
}

function handlerValues(name: string, handler: CarriedHandler): [string, CarriedValue | undefined][] {
  const { kind, path, root, passAnnotations } = handler;
  const values = { kind, path, root, passAnnotations: passAnnotations?.length ? passAnnotations : undefined };
  return Object.entries(values).map(([key, value]) => [`runtime.handlers.${name}.${key}`, value]);
}

/** The table of a key as TOML writes it, and the key's own name; the name of a handler may have dots. */
function split(key: string): { table: string; name: string } {
  const at = key.lastIndexOf('.');
  const table = at < 0 ? '' : key.slice(0, at);
  const handler = /^runtime\.handlers\.(.+)$/.exec(table)?.[1];
  return {
    table: handler?.includes('.') ? `runtime.handlers.${JSON.stringify(handler)}` : table,
    name: key.slice(at + 1),
  };
}

/** Reads a configuration as Slipway does. Answers why it would be refused; undefined when it would not. */
export function configFault(lines: readonly string[]): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-doctor-'));
  try {
    const configPath = join(directory, 'config.toml');
    writeFileSync(configPath, `${lines.join('\n')}\n`);
    loadSettings({ configPath, env: {} });
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(`${directory}/`, '');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
