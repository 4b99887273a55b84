import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clone } from './run.js';

/** Files outside of docs/ that the pages refer to and a package has beside them, by their path from docs/. */
const beside: Readonly<Record<string, string>> = { '../packages/package/image/daemonset.yaml': 'daemonset.yaml' };
/** A link of Markdown that leads out of the directory of its page. */
const outward = /\[([^\]]*)\]\((\.\.\/[^)#]*)(#[^)]*)?\)/g;

/**
 * Puts the documentation into a directory of a package. A link to a file that lies beside the pages there leads to it, and
 * one to a file that a package has not is its text only. The DaemonSet names the image of this version.
 */
export function addDocs(directory: string, version: string): void {
  cpSync(join(clone, 'docs'), directory, { recursive: true });
  for (const name of readdirSync(directory).filter((one) => one.endsWith('.md'))) {
    const page = join(directory, name);
    const text = readFileSync(page, 'utf8').replace(outward, (_link, words: string, target: string) =>
      target in beside ? `[${words}](${beside[target]})` : words,
    );
    writeFileSync(page, text);
  }
  for (const [path, name] of Object.entries(beside)) {
    const text = readFileSync(join(clone, 'docs', path), 'utf8');
    writeFileSync(join(directory, name), text.replace(/(slipway-installer):\S+/, `$1:${version}`));
  }
}
