/**
 * An OCI runtime's error message, without its log's trimmings: the last error in `text`.
 *
 * runc and runsc write logfmt (`time=… level=error msg="…"`) or, with `--log-format json`, JSON lines;
 * crun writes plain lines, some with a time before them. conmon's own lines are left out
 * where the runtime said anything.
 */
export function runtimeMessage(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const messages = lines.filter(Boolean).map(lineMessage);
  const own = messages.filter((message) => !message.startsWith('[conmon:'));
  return (own.findLast((message) => message !== '') ?? messages.at(-1) ?? '').trim();
}

/**
 * The hint for a runtime's message that says that the command's file is not there, in the words of runc, crun and runsc;
 * undefined for other messages.
 */
export function runtimeHint(message: string): string | undefined {
  const isCommandGone = /executable file|\bexec: |\bexec .*: no such file|starting container process/i.test(message);
  if (!isCommandGone || !/not found|no such file/i.test(message)) return undefined;
  return 'the image has no such file for this command and PATH; slipway image verify tells whether the disk has lost files of it';
}

function lineMessage(line: string): string {
  const level = /\blevel=(\w+) msg=("(?:[^"\\]|\\.)*"|\S+)/.exec(line);
  if (level) return isError(level[1]) ? unquote(level[2] ?? '') : '';
  if (line.startsWith('{')) {
    try {
      const entry = JSON.parse(line) as { level?: string; msg?: string };
      if (entry.msg !== undefined) return isError(entry.level) ? entry.msg : '';
    } catch {
      // Not a log line: taken as it is.
    }
  }
  return line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z: /, '');
}

function isError(level: string | undefined): boolean {
  return level === 'error' || level === 'fatal' || level === 'panic';
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return JSON.parse(value) as string;
  } catch {
    return value.slice(1, -1);
  }
}
