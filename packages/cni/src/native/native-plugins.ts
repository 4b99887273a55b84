import { hasPassed } from '@slipway/time';
import type { JsonObject } from '../list/plugin-conf.js';
import { needsOpening } from './host-ports.js';
import { masqueradeChainName, masqueradeChains } from './masquerade-rules.js';
import { podAddressesOf, type PodChain } from './nat-rules.js';
import { addChains, removeChains, removeChainsNamed, tableObstacle } from './nat-tables.js';
import type { NativeOutcome, PluginCall, UnexpectedListener } from './plugin-call.js';
import { PluginThread } from './plugin-thread.js';
import { portChainName, portChains } from './port-rules.js';
import { rangeSets } from './ranges.js';

/** The rules of a plugin: its chains, made of a result, and their name where there is no result. */
interface PluginRules {
  chains: (call: PluginCall, result: JsonObject) => PodChain[];
  name: (call: PluginCall) => string;
}

const masquerade: PluginRules = { chains: masqueradeChains, name: masqueradeChainName };
const hostPorts: PluginRules = { chains: portChains, name: portChainName };

/**
 * Carries CNI plugins out in this process: on a thread what needs netlink or the pod's net namespace, by
 * iptables-restore the rules of the nat tables.
 */
export class NativePlugins {
  readonly #thread: PluginThread;
  readonly #onUnexpected: UnexpectedListener | undefined;

  /** @param onUnexpected receives the reason why a call goes on to the plugin's program after the native plugin has failed. */
  constructor(onUnexpected?: UnexpectedListener) {
    this.#onUnexpected = onUnexpected;
    this.#thread = new PluginThread(onUnexpected);
  }

  /** Never rejects. `signal` cancels a call that waits immediately, one that runs when it has ended. */
  async run(call: PluginCall, signal?: AbortSignal): Promise<NativeOutcome> {
    const { type, ipMasq } = call.conf;
    if (type === 'portmap') return await this.#portmap(call, signal);
    if (type === 'bridge' && ipMasq === true) return await this.#masqueradedBridge(call, signal);
    return await this.#thread.run(call, signal);
  }

  /** Ends the thread. Calls that run or wait are cancelled. */
  async close(): Promise<void> {
    await this.#thread.close();
  }

  /**
   * DEL begins with the rules: where it has to leave them to the program, that finds the pod's addresses at its
   * interface only.
   */
  async #masqueradedBridge(call: PluginCall, signal?: AbortSignal): Promise<NativeOutcome> {
    const obstacle = await this.#obstacle(call, bridgeFamilies(call));
    if (obstacle !== undefined) return obstacle;
    if (call.command === 'DEL') {
      const failed = await this.#change(masquerade, call, signal);
      const done = failed ?? (await this.#thread.run(call, signal));
      // The program's DEL fails where the chain is missing.
      return failed === undefined && 'unexpected' in done
        ? { ...done, remaining: { ...call.conf, ipMasq: false } }
        : done;
    }
    const done = await this.#thread.run(call, signal);
    if (!('result' in done) || done.result === undefined) return done;
    const failed = await this.#change(masquerade, call, signal, done.result);
    if (failed === undefined) return done;
    if ('unexpected' in failed) {
      await this.#removeAll(masquerade, call);
      await this.#thread.run({ ...call, command: 'DEL' });
    }
    return failed;
  }

  async #portmap(call: PluginCall, signal?: AbortSignal): Promise<NativeOutcome> {
    const { command, conf } = call;
    const add = command === 'ADD';
    const mappings = (conf.runtimeConfig as { portMappings?: unknown[] } | undefined)?.portMappings ?? [];
    const previous = conf.prevResult as JsonObject | undefined;
    if (add && previous === undefined) return { failure: 'must be called as chained plugin' };
    const result = add ? previous : undefined;
    if (mappings.length === 0) return { result };
    const obstacle = await this.#obstacle(call, () => previous && familiesOf(call, previous));
    if (obstacle !== undefined) return obstacle;
    const failed = await this.#change(hostPorts, call, signal, previous);
    const opened = failed ?? (add && needsOpening(call) ? await this.#thread.run(call, signal) : { result });
    if ('result' in opened) return { result };
    if (add && 'unexpected' in opened) await this.#removeAll(hostPorts, call);
    return opened;
  }

  /** @param families of the addresses; undefined where they are not known. */
  async #obstacle(call: PluginCall, families: () => boolean[] | undefined): Promise<NativeOutcome | undefined> {
    return await this.#attempt(call, undefined, async () => {
      const known = families();
      const declined = await tableObstacle(known ?? [false, true], known !== undefined);
      return declined === undefined ? undefined : { declined };
    });
  }

  /**
   * Adds a plugin's rules, or removes them.
   *
   * @param result has the pod's addresses; without it the rules are looked for by their chain's name.
   * @returns undefined when that is done.
   */
  async #change(
    rules: PluginRules,
    call: PluginCall,
    signal: AbortSignal | undefined,
    result = call.conf.prevResult as JsonObject | undefined,
  ): Promise<NativeOutcome | undefined> {
    const limits = { deadline: call.deadline, signal };
    return await this.#attempt(call, signal, async () => {
      if (result === undefined) await removeChainsNamed(rules.name(call), limits);
      else if (call.command === 'ADD') await addChains(rules.chains(call, result), limits);
      else await removeChains(rules.chains(call, result), limits);
      return undefined;
    });
  }

  /** Undoes an ADD of which any part may be there: the program begins with what the native plugin began with. */
  async #removeAll(rules: PluginRules, call: PluginCall): Promise<void> {
    await this.#attempt(call, undefined, async () => {
      await removeChainsNamed(rules.name(call), { deadline: call.deadline });
      return undefined;
    });
  }

  async #attempt(
    call: PluginCall,
    signal: AbortSignal | undefined,
    work: () => Promise<NativeOutcome | undefined>,
  ): Promise<NativeOutcome | undefined> {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) return { killed: 'cancelled' };
      if (hasPassed(call.deadline)) return { killed: 'deadline' };
      const unexpected = error instanceof Error ? error.message : String(error);
      this.#onUnexpected?.(unexpected, call);
      return { unexpected };
    }
  }
}

const familiesOf = ({ ifname }: PluginCall, result: JsonObject): boolean[] => [
  ...new Set(podAddressesOf(result, ifname).map(({ v6 }) => v6)),
];

function bridgeFamilies(call: PluginCall): () => boolean[] | undefined {
  return () => {
    const previous = call.conf.prevResult as JsonObject | undefined;
    if (call.command === 'DEL') return previous && familiesOf(call, previous);
    return [...new Set((rangeSets(call.conf.ipam as JsonObject) ?? []).flat().map(({ v6 }) => v6))];
  };
}
