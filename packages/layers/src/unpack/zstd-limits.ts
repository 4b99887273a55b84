import { SlipwayError } from '@slipway/errors';

/**
 * The largest window of a zstd frame, MiB: the default of the zstd command
 * (ZSTD_WINDOWLOG_LIMIT_DEFAULT), so every level of every tool that was not given `--long` fits. A window is memory
 * that a frame of a few bytes can ask for.
 */
const windowMiB = 128;

/** Decompresses standard input to standard output, in bounded memory. */
export const zstdArguments = ['-d', '-c', '-q', '--no-progress', `--memory=${windowMiB}MB`] as const;

/** A decompressor's refusal, where it is about memory and not about damaged data. `what`: the layer, the archive. */
export function windowFault(what: string, said: string): SlipwayError | undefined {
  if (!/too much memory|larger than maximum/i.test(said)) return undefined;
  return new SlipwayError(
    'LIMIT_EXCEEDED',
    `${what} needs a zstd window of more than ${windowMiB} MiB to be decompressed`,
    { hint: 'compress it with zstd without --long, or with gzip' },
  );
}
