/** Groups of commands by the names that they had once. */
const groups: Readonly<Record<string, string>> = { executor: 'executors' };

/**
 * The words of a command line with the names of today: `executor ls` is `executors ls`. Without a command behind it
 * `executor` is the stage.
 * @param words without settings
 */
export function withoutAliases(words: readonly string[]): string[] {
  const at = words[0] === 'help' ? 1 : 0;
  const group = groups[words[at] ?? ''];
  const command = words[at + 1];
  return group === undefined || command === undefined || command.startsWith('-') ? [...words] : words.with(at, group);
}
