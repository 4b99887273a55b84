import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInHandlers, loadSettings } from '@slipway/config';

/** How a handler's binary is spoken to: packages/config, handlerKinds. */
export type CarriedKind = 'runc' | 'crun' | 'runsc';

/** By the name of its program: what wraps runc, as NVIDIA's does, is spoken to as runc. */
export function kindOf(program: string): CarriedKind {
  const name = program.split('/').at(-1) ?? '';
  return name.startsWith('crun') ? 'crun' : name.startsWith('runsc') ? 'runsc' : 'runc';
}

export interface CarriedHandler {
  kind: CarriedKind;
  path?: string | undefined;
  root?: string | undefined;
  passAnnotations?: readonly string[];
}

/** Names that a table [runtime.handlers.<name>] may have: packages/config, namedPath. */
const namePattern = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/** Slipway's configuration as other runtimes' settings make it, filled in by their checks. */
export class ConfigDraft {
  readonly handlers = new Map<string, CarriedHandler>();
  readonly pinned = new Set<string>();
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

  /** The lines of /etc/slipway/config.toml. */
  lines(cgroup: { value: string; from: string }): string[] {
    const sections: string[][] = [
      [...(this.root === undefined ? [] : [`root = ${JSON.stringify(this.root)}`])],
      ['[cgroup]', `driver = ${JSON.stringify(cgroup.value)}   # ${cgroup.from}`],
      section('runtime', { defaultHandler: this.knowsDefault ? this.defaultHandler : undefined }),
      ...[...this.handlers].map(([name, { kind, path, root, passAnnotations }]) =>
        section(`runtime.handlers.${name.includes('.') ? JSON.stringify(name) : name}`, {
          kind,
          path,
          root,
          passAnnotations: passAnnotations?.length ? passAnnotations : undefined,
        }),
      ),
      section('network', { confDir: this.confDir, confTemplate: this.confTemplate, binDirs: this.binDirs }),
      section('images', {
        registryDirs: this.registryDirs,
        pinned: this.pinned.size > 0 ? [...this.pinned] : undefined,
      }),
    ];
    return sections.filter(({ length }) => length > 0).flatMap((lines, at) => (at === 0 ? lines : ['', ...lines]));
  }
}

function section(name: string, values: Record<string, string | readonly string[] | undefined>): string[] {
  const lines = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} = ${JSON.stringify(value).replaceAll('","', '", "')}`],
  );
  return lines.length === 0 ? [] : [`[${name}]`, ...lines];
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
