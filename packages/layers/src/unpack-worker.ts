import { toSlipwayError } from '@slipway/errors';
import { unpackArchive } from './unpack-archive.js';
import type { UnpackJob, UnpackReply } from './unpack-protocol.js';

/** The entry of the unpack process (see unpack-protocol.ts): forked by Unpacker, never imported. */

const progressMs = 200;

function reply(message: UnpackReply): void {
  process.send?.(message);
}

async function run(job: UnpackJob): Promise<void> {
  let told = 0;
  try {
    const result = await unpackArchive(job, (archiveBytes, entries) => {
      const now = performance.now();
      if (now - told < progressMs) return;
      told = now;
      reply({ kind: 'progress', archiveBytes, entries });
    });
    reply({ kind: 'done', result });
  } catch (error) {
    const { code, message, hint } = toSlipwayError(error, 'INTERNAL');
    reply({ kind: 'failed', code, message, hint });
  }
}

// A terminal's or a supervisor's signal reaches the whole process group; the parent decides what it means.
process.on('SIGTERM', () => undefined);
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (job: UnpackJob) => {
  run(job).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
