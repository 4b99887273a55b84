import type { Init } from '@slipway/protobuf';
import type { Container, ContainerAdjustment, Hooks } from '../gen/api.js';
import type { Claims } from './claims.js';
import { type Keyed, mergeKeyed } from './keyed.js';
import { kinds, mapOf, pairs } from './kinds.js';
import { mergeResources } from './merge-resources.js';
import { refuseUnsupported } from './unsupported.js';

type Wanted = Init<ContainerAdjustment>;

/** The adjustments that several plugins ask for while a container is created. */
export class Adjustments {
  /** The merged adjustment of all plugins so far. */
  readonly adjust: Wanted & { linux: NonNullable<Wanted['linux']> } = { linux: {} };
  #changed = false;

  constructor(
    /** The container as the next plugin sees it: with what those before it wanted. */
    readonly container: Init<Container> & { id: string },
    readonly claims: Claims,
  ) {}

  get changed(): boolean {
    return this.#changed;
  }

  /** Takes in what one more plugin wants. @throws SlipwayError NRI_CONFLICT, UNSUPPORTED */
  merge(wanted: ContainerAdjustment | undefined, plugin: string): void {
    if (!wanted) return;
    refuseUnsupported(wanted, plugin);
    this.#changed = true;
    const { adjust, container } = this;
    const linux = (container.linux ??= {});
    const merge = <A, V>(kind: Omit<Keyed<A, V>, 'container'>, items: readonly A[], all?: A[], view?: V[]) => {
      const lists = { adjust: all ?? [], view: view ?? [] };
      mergeKeyed({ ...kind, container: container.id }, items, lists, this.claims, plugin);
      return lists;
    };
    const annotations = merge(
      kinds.annotations,
      pairs(wanted.annotations),
      pairs(adjust.annotations),
      pairs(container.annotations),
    );
    adjust.annotations = mapOf(annotations.adjust);
    container.annotations = mapOf(annotations.view);
    ({ adjust: adjust.env, view: container.env } = merge(kinds.env, wanted.env, adjust.env as never, container.env));
    ({ adjust: adjust.mounts, view: container.mounts } = merge(
      kinds.mounts,
      wanted.mounts,
      adjust.mounts as never,
      container.mounts,
    ));
    ({ adjust: adjust.rlimits, view: container.rlimits } = merge(
      kinds.rlimits,
      wanted.rlimits,
      adjust.rlimits as never,
      container.rlimits,
    ));
    ({ adjust: adjust.CDIDevices, view: container.CDIDevices } = merge(
      kinds.cdi,
      wanted.CDIDevices,
      adjust.CDIDevices as never,
      container.CDIDevices,
    ));
    this.#mergeArgs(wanted.args, plugin);
    adjust.hooks = joinHooks(adjust.hooks, wanted.hooks);
    container.hooks = joinHooks(container.hooks, wanted.hooks);
    if (!wanted.linux) return;
    const own = adjust.linux;
    ({ adjust: own.devices, view: linux.devices } = merge(
      kinds.devices,
      wanted.linux.devices,
      own.devices as never,
      linux.devices,
    ));
    ({ adjust: own.namespaces, view: linux.namespaces } = merge(
      kinds.namespaces,
      wanted.linux.namespaces,
      own.namespaces as never,
      linux.namespaces,
    ));
    const sysctl = merge(kinds.sysctl, pairs(wanted.linux.sysctl), pairs(own.sysctl), pairs(linux.sysctl));
    own.sysctl = mapOf(sysctl.adjust);
    linux.sysctl = mapOf(sysctl.view);
    this.#mergeSimple(wanted.linux, plugin);
    const resources = { adjust: (own.resources ??= {}), view: (linux.resources ??= {}) };
    mergeResources(container.id, wanted.linux.resources, resources, this.claims, plugin);
  }

  /** An empty first argument says that the plugin means to replace what another set. */
  #mergeArgs(args: readonly string[], plugin: string): void {
    if (args.length === 0) return;
    const { id } = this.container;
    const replaces = args[0] === '';
    if (replaces) this.claims.clear(id, 'args', '');
    this.claims.claim(id, 'args', '', plugin);
    this.adjust.args = replaces ? args.slice(1) : [...args];
    this.container.args = this.adjust.args;
  }

  #mergeSimple(wanted: NonNullable<ContainerAdjustment['linux']>, plugin: string): void {
    const { id, linux = {} } = this.container;
    const own = this.adjust.linux;
    if (wanted.cgroupsPath) {
      this.claims.claim(id, 'cgroupsPath', '', plugin);
      own.cgroupsPath = wanted.cgroupsPath;
      linux.cgroupsPath = wanted.cgroupsPath;
    }
    if (wanted.oomScoreAdj) {
      this.claims.claim(id, 'oomScoreAdj', '', plugin);
      own.oomScoreAdj = wanted.oomScoreAdj;
      linux.oomScoreAdj = wanted.oomScoreAdj;
    }
    if (wanted.seccompPolicy) {
      this.claims.claim(id, 'seccompPolicy', '', plugin);
      own.seccompPolicy = wanted.seccompPolicy;
      linux.seccompPolicy = wanted.seccompPolicy;
    }
  }
}

/** Hooks of several plugins run one after the other: none is another's. */
function joinHooks(one: Init<Hooks> | undefined, other: Hooks | undefined): Init<Hooks> | undefined {
  if (!other) return one;
  const joined: Init<Hooks> = {};
  for (const kind of [
    'prestart',
    'createRuntime',
    'createContainer',
    'startContainer',
    'poststart',
    'poststop',
  ] as const) {
    joined[kind] = [...(one?.[kind] ?? []), ...other[kind]];
  }
  return joined;
}
