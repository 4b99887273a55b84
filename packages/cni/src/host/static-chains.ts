import { runTool, type ToolOptions } from './run-tool.js';

/** Chains that portmap makes once and never removes. */
const dnat = 'CNI-HOSTPORT-DNAT';
const chains = [dnat, 'CNI-HOSTPORT-SETMARK', 'CNI-HOSTPORT-MASQ'];

/**
 * Removes the chains that the portmap plugin leaves behind for good, with the jumps to them, unless a
 * published port uses them still. For an uninstall or the end of a test: a node that goes on running
 * pods keeps them. Each family's change is one transaction, which fails as a whole when a pod
 * publishes a port meanwhile.
 *
 * @returns whether none is left.
 */
export async function removeStaticChains(options: ToolOptions = {}): Promise<boolean> {
  let clean = true;
  for (const family of ['iptables', 'ip6tables']) {
    const rules = (await runTool(`${family}-save`, ['-t', 'nat'], options)).split('\n');
    const present = chains.filter((chain) => rules.some((rule) => rule.startsWith(`:${chain} `)));
    if (present.length === 0) continue;
    if (rules.some((rule) => rule.startsWith(`-A ${dnat} `))) {
      clean = false;
      continue;
    }
    const jumps = rules.filter((rule) => present.some((chain) => rule.endsWith(` -j ${chain}`)));
    const script = [
      '*nat',
      ...jumps.map((rule) => rule.replace(/^-A /, '-D ')),
      ...present.filter((chain) => chain !== dnat).map((chain) => `-F ${chain}`),
      ...present.map((chain) => `-X ${chain}`),
      'COMMIT',
      '',
    ];
    await runTool(`${family}-restore`, ['--noflush', '-w', '10'], { ...options, input: script.join('\n') });
  }
  return clean;
}
