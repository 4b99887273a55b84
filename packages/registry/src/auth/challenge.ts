/** A challenge of a WWW-Authenticate header (RFC 9110, 11.6.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads one or several challenges; what is malformed ends the reading, not the request. */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  const text = header === undefined ? '' : typeof header === 'string' ? header : header.join(', ');
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const token = /\s*,*\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)/y;
  const assignment = /\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;
  let at = 0;
  while (at < text.length) {
    token.lastIndex = at;
    const word = token.exec(text);
    if (!word?.[1]) break;
    at = token.lastIndex;
    assignment.lastIndex = at;
    const value = assignment.exec(text);
    const current = challenges.at(-1);
    if (value && current) {
      current.parameters[word[1].toLowerCase()] = value[1]?.replace(/\\(.)/g, '$1') ?? value[2] ?? '';
      at = assignment.lastIndex;
    } else {
      challenges.push({ scheme: word[1].toLowerCase(), parameters: {} });
    }
  }
  return challenges;
}
