/** metav1.Status, as far as remote command uses it. */
export interface CommandStatus {
  metadata: Record<string, never>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: { causes: { reason?: string; message: string }[] };
  code?: number;
}

/** The words that client-go looks for (apimachinery pkg/util/remotecommand). */
const nonZeroExit = 'NonZeroExitCode';
const exitCodeCause = 'ExitCode';

export function exitStatus(exitCode: number): CommandStatus {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with exit code ${exitCode}`,
    reason: nonZeroExit,
    details: { causes: [{ reason: exitCodeCause, message: String(exitCode) }] },
  };
}

export function failureStatus(text: string): CommandStatus {
  return {
    metadata: {},
    status: 'Failure',
    message: text,
    reason: 'InternalError',
    details: { causes: [{ message: text }] },
    code: 500,
  };
}

/** The content of the error stream: JSON since version 4, and the bare text of a failure for older clients. */
export function encodeStatus(status: CommandStatus, asObject: boolean): Buffer {
  if (asObject) return Buffer.from(JSON.stringify(status));
  return Buffer.from(status.status === 'Success' ? '' : (status.message ?? ''));
}

/** A client's reading of the error stream: the exit code, or the text of what failed. */
export function decodeStatus(bytes: Buffer, asObject: boolean): { exitCode: number } | { failure: string } {
  const text = bytes.toString();
  if (!asObject) return text === '' ? { exitCode: 0 } : { failure: text };
  let status: Partial<CommandStatus>;
  try {
    status = JSON.parse(text) as Partial<CommandStatus>;
  } catch {
    return { failure: text === '' ? 'the connection ended before the command did' : text };
  }
  if (status.status === 'Success') return { exitCode: 0 };
  const cause = status.details?.causes?.find(({ reason }) => reason === exitCodeCause);
  const exitCode = Number(cause?.message);
  if (status.reason === nonZeroExit && Number.isInteger(exitCode)) return { exitCode };
  return { failure: status.message ?? 'the command failed' };
}
