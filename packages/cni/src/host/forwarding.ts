import { readFile, writeFile } from 'node:fs/promises';
import { SlipwayError } from '@slipway/errors';
import { ensureRules, type Rule, type RuleOptions, removeRules, toolFor } from './iptables.js';
import { runTool } from './run-tool.js';

export interface ForwardingOptions extends RuleOptions {
  /** The pods' networks in CIDR form. */
  subnets: string[];
  /** Tells these rules from others. Default `slipway`. */
  id?: string | undefined;
}

/**
 * Lets the host route for its pods: switches forwarding on for the families of `subnets`, and where
 * the FORWARD chain's policy is DROP (as Docker sets it) accepts what comes from and goes to them.
 *
 * The rules are appended, so an administrator's own come first. `route_localnet`, which a published
 * port needs to be reached by 127.0.0.1, is not set here: portmap sets it on the bridge itself.
 *
 * @throws SlipwayError NETWORK_FAILED with the kernel's or iptables' own words.
 */
export async function ensureForwarding(options: ForwardingOptions): Promise<void> {
  for (const subnet of options.subnets) {
    const tool = toolFor(subnet);
    await enable(tool === 'iptables' ? '/proc/sys/net/ipv4/ip_forward' : '/proc/sys/net/ipv6/conf/all/forwarding');
    const chain = await runTool(tool, ['-w', '10', '-t', 'filter', '-S', 'FORWARD'], options);
    if (/^-P FORWARD DROP$/m.test(chain)) await ensureRules(tool, rules(subnet, options.id), options);
  }
}

/** Removes the rules of {@link ensureForwarding}; forwarding itself stays on, others may rely on it. */
export async function removeForwarding(options: ForwardingOptions): Promise<void> {
  for (const subnet of options.subnets) await removeRules(toolFor(subnet), rules(subnet, options.id), options);
}

function rules(subnet: string, id = 'slipway'): Rule[] {
  return ['-s', '-d'].map((direction) => ({
    table: 'filter',
    chain: 'FORWARD',
    args: [direction, subnet, '-m', 'comment', '--comment', `${id}: forward pods`, '-j', 'ACCEPT'],
  }));
}

async function enable(sysctl: string): Promise<void> {
  try {
    // Writing 1 over 1 has an effect: the IPv6 switch resets each interface's own.
    if ((await readFile(sysctl, 'utf8')).trim() === '1') return;
    await writeFile(sysctl, '1');
  } catch (error) {
    throw new SlipwayError('NETWORK_FAILED', `${sysctl}: ${(error as Error).message}`, {
      object: 'network',
      hint: 'pods reach nothing beyond this host without forwarding: set it to 1',
      cause: error,
    });
  }
}
