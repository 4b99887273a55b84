import { ensureRules, type Rule, type RuleOptions, removeRules, toolFor } from './iptables.js';

export interface MasqueradeOptions extends RuleOptions {
  /** The pods' network in CIDR form, IPv4 or IPv6. */
  subnet: string;
  /** Tells this network's rule from others. Default `slipway`. At most 200 characters. */
  id?: string | undefined;
}

/**
 * A static rule that gives the pods of a subnet the host's address on their way out. Idempotent,
 * also for concurrent processes. It is created once for a network instead of once for each pod.
 *
 * @throws SlipwayError NETWORK_FAILED with iptables' own words.
 */
export async function ensureMasquerade(options: MasqueradeOptions): Promise<void> {
  await ensureRules(toolFor(options.subnet), [rule(options)], options);
}

/** Removes what {@link ensureMasquerade} made for the same subnet and id; nothing there is success. */
export async function removeMasquerade(options: MasqueradeOptions): Promise<void> {
  await removeRules(toolFor(options.subnet), [rule(options)], options);
}

function rule({ subnet, id = 'slipway' }: MasqueradeOptions): Rule {
  const comment = `${id}: masquerade pods`;
  const args = ['-s', subnet, '!', '-d', subnet, '-m', 'comment', '--comment', comment, '-j', 'MASQUERADE'];
  return { table: 'nat', chain: 'POSTROUTING', args };
}
