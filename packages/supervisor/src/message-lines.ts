/**
 * The messages of Node's IPC channel with its default serialization: one line of JSON each (child_process, "Advanced
 * serialization"). Node's own, about handles, are left out; so is a line that is no JSON.
 */
export class MessageLines {
  /** The beginning of a message that has not ended, a character for each byte, because it may end within a letter. */
  rest: string;

  constructor(rest = '') {
    this.rest = rest;
  }

  /** The messages that end in these bytes, oldest first. */
  take(bytes: Buffer): object[] {
    const lines = (this.rest + bytes.toString('latin1')).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => {
      const message = parse(Buffer.from(line, 'latin1').toString());
      return message === undefined ? [] : [message];
    });
  }
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { cmd } = value as { cmd?: unknown };
    return typeof cmd === 'string' && cmd.startsWith('NODE_') ? undefined : value;
  } catch {
    return undefined;
  }
}
