import { type ToolOptions, runTool } from '../host/run-tool.js';

/** What a host's iptables of one family works with; `mixed` where its programs differ in that. */
export type RuleBackend = 'nf_tables' | 'legacy' | 'absent' | 'mixed';

const asked = new Map<boolean, Promise<RuleBackend>>();

/**
 * Plugins run `iptables`, this package `iptables-restore` and `iptables-save`: rules of one are invisible to the
 * others where these are not of the same backend. Asked once for each family.
 */
export function ruleBackend(v6: boolean): Promise<RuleBackend> {
  const known = asked.get(v6);
  if (known !== undefined) return known;
  const answer = ask(v6);
  asked.set(v6, answer);
  // A tool that did not answer in time may answer the next call.
  answer.catch(() => asked.delete(v6));
  return answer;
}

export const ruleTool = (v6: boolean, tool: '' | '-restore' | '-save' = ''): string =>
  `${v6 ? 'ip6tables' : 'iptables'}${tool}`;

async function ask(v6: boolean): Promise<RuleBackend> {
  const options: ToolOptions = { timeout: 10_000 };
  const versions = await Promise.all(
    (['', '-restore', '-save'] as const).map((tool) =>
      runTool(ruleTool(v6, tool), ['-V'], options).catch((error: Error) => {
        if ((error.cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }),
    ),
  );
  const backends = versions.map((version) => version && (/\((nf_tables|legacy)\)/.exec(version)?.[1] ?? 'legacy'));
  if (backends.every((backend) => backend === undefined)) return 'absent';
  const [first] = backends;
  return backends.every((backend) => backend === first) ? (first as RuleBackend) : 'mixed';
}
