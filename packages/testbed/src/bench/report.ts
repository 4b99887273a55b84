/** The measurements of a target. */
export interface Result {
  name: string;
  /** Medians in milliseconds. */
  steps: Record<string, number>;
  /** Medians in CPU milliseconds: see processor.ts. */
  processor: Record<string, number>;
  /** Medians in milliseconds. */
  hops: Record<string, number>;
  /** Idle, MB of PSS by process. */
  memory: Record<string, number>;
}

type Part = 'steps' | 'processor' | 'hops' | 'memory';

/**
 * The results' part as a Markdown table, a column a target. With a target `beside`, each other's figure is
 * followed by its share of that one's: the ratio holds on other machines, the milliseconds do not.
 */
export function table(results: readonly Result[], part: Part, unit: string, beside?: string): string {
  const peer = results.find(({ name }) => name === beside)?.[part];
  const columns = results.filter((result) => Object.keys(result[part]).length > 0);
  const names = [...new Set(columns.flatMap((result) => Object.keys(result[part])))];
  const rows = names.map((name) => {
    const cells = columns.map((result) => cell(result[part][name], result[part] === peer ? undefined : peer?.[name]));
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  if (part === 'memory') rows.push(`| **services, NATS and Redis** | ${columns.map(memorySum).join(' | ')} |`);
  const head = `| ${unit} | ${columns.map(({ name }) => name).join(' | ')} |`;
  return [head, `|---|${columns.map(() => '---').join('|')}|`, ...rows].join('\n');
}

function cell(value: number | undefined, peer: number | undefined): string {
  if (value === undefined) return '–';
  return peer === undefined ? value.toFixed(1) : `${value.toFixed(1)} (${(value / peer).toFixed(2)})`;
}

function memorySum({ memory }: Result): string {
  const services = Object.entries(memory).filter(([name]) => !name.startsWith('up '));
  return services.reduce((sum, [, megabytes]) => sum + megabytes, 0).toFixed(1);
}
