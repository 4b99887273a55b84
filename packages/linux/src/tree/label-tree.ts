import * as at from '../file/at.js';
import { hasCode } from '../errno.js';
import { walkSteps } from './walk-tree.js';

/**
 * Sets an extended attribute of everything in the tree at `path`, itself included, walked as walkSteps() says: a link gets
 * it itself. Entries that are gone by then are left out, and so are those on a file system without such attributes.
 */
export function* labelSteps(path: string, attribute: string, value: string): Generator<undefined, void> {
  const bytes = Buffer.from(value);
  const label = (dir: number, name: string): boolean => {
    try {
      at.setXattrAt(dir, name, attribute, bytes);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'EOPNOTSUPP')) throw error;
    }
    return at.statAt(dir, name)?.type === 'directory';
  };
  yield* walkSteps(path, label);
}
