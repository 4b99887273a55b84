import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { hasCode } from '@slipway/linux';
import { canonicalString, type Descriptor, type Reference } from '@slipway/registry';
import type { Logger } from '@slipway/telemetry';
import { runVerifier } from './run-verifier.js';

export interface VerifierSettings {
  /** A directory of programs; empty, or one that is not there, asks nobody. */
  readonly directory: string;
  /** The first so many by name are asked; -1 asks all. */
  readonly max: number;
  /** For each program, milliseconds. */
  readonly timeoutMs: number;
}

export interface VerifierRequest {
  readonly reference: Reference;
  /** Returns the digest that the reference resolved to; called only when there is a program. */
  readonly descriptor: () => Promise<Pick<Descriptor, 'mediaType' | 'digest' | 'size'>>;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * Asks verifier programs as containerd's "bindir" image verifier does (containerd docs/image-verification.md): all must
 * agree. A program that cannot be started, or takes too long, refuses.
 * @throws SIGNATURE_INVALID with the program's own reason
 */
export async function askVerifiers(settings: VerifierSettings, request: VerifierRequest): Promise<void> {
  const { directory, max, timeoutMs } = settings;
  const { reference, signal, log } = request;
  const programs = await programsIn(directory);
  if (programs.length === 0) return;
  const called = max < 0 ? programs : programs.slice(0, max);
  if (called.length < programs.length) {
    log.warn(
      { directory, skipped: programs.slice(called.length) },
      'more verifiers than images.maxVerifiers: the rest is not asked',
    );
  }
  if (called.length === 0) return;
  const { mediaType, digest, size } = await request.descriptor();
  const name = canonicalString(reference);
  const refuse = (program: string, what: string, hint: string): never => {
    throw new SlipwayError('SIGNATURE_INVALID', `verifier ${program} ${what}`, { object: `image ${name}`, hint });
  };
  for (const program of called) {
    const verdict = await runVerifier({
      path: program,
      args: ['-name', name, '-digest', digest, '-stdin-media-type', 'application/vnd.oci.descriptor.v1+json'],
      stdin: `${JSON.stringify({ mediaType, digest, size })}\n`,
      timeoutMs,
      signal,
      log: log.child({ verifier: program }),
    });
    signal.throwIfAborted();
    if (verdict.fault !== undefined) {
      refuse(program, verdict.fault, 'mend or remove the program; images.verifierTimeoutMs gives it more time');
    }
    if (verdict.exitCode !== 0) {
      refuse(
        program,
        `rejected the image (exit code ${verdict.exitCode}): ${verdict.reason || 'it gave no reason'}`,
        'do what the program says, or remove it from its directory',
      );
    }
    log.info({ verifier: program, reason: verdict.reason }, 'verifier allows the image');
  }
}

/** By name, as they are called. Everything in the directory counts: what cannot be run must not be passed over. */
async function programsIn(directory: string): Promise<string[]> {
  if (directory === '') return [];
  try {
    return (await readdir(directory)).sort().map((name) => join(directory, name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw new SlipwayError('SIGNATURE_INVALID', `cannot read ${directory}: ${(error as Error).message}`, {
      hint: 'images.verifierDir must be a directory of programs, or be empty',
      cause: error,
    });
  }
}
