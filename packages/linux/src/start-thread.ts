import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread of a file of this program. In bundles `text` is that file's, which the build puts there (scripts/build.mjs):
 * an upgrade replaces the files of a program that runs, and a thread that such a program starts afterwards must still be
 * of its own version, because it speaks the protocol of that version. `file` is where the text looks for koffi, and what
 * is run where nothing was bundled.
 */
export function startThread(file: URL, text: string | undefined, options: WorkerOptions): Worker {
  if (text === undefined) return new Worker(file, options);
  // The constant that the build writes for import.meta.url in files that are no modules.
  return new Worker(`const $url=${JSON.stringify(file.href)};${text}`, { ...options, eval: true });
}
