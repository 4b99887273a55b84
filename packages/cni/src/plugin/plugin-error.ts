/** A CNI plugin's error (CNI spec section 5, "Error"). */
export class PluginError extends Error {
  /** The plugin's own error code: 1–99 from the spec, 100 and above the plugin's. 0 when it gave none. */
  readonly cniCode: number;
  readonly cniMessage: string;
  readonly details: string;
  readonly stderr: string;

  constructor(
    readonly plugin: string,
    /** ADD, DEL or CHECK. */
    readonly command: string,
    facts: { code?: number; message: string; details?: string; stderr?: string },
    cause?: unknown,
  ) {
    const code = facts.code ?? 0;
    const details = facts.details ?? '';
    const stderr = (facts.stderr ?? '').trim();
    super(
      `plugin ${plugin}: ${command}: ${facts.message}` +
        (code === 0 ? '' : ` (code ${code})`) +
        (details === '' ? '' : `: ${details}`) +
        (stderr === '' ? '' : `; stderr: ${stderr}`),
      cause === undefined ? undefined : { cause },
    );
    this.name = 'PluginError';
    this.cniCode = code;
    this.cniMessage = facts.message;
    this.details = details;
    this.stderr = stderr;
  }
}
