import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const skip = process.getuid?.() === 0 ? false : 'needs root: another user';
/** A user without a name. */
const USER = 60_993;

test('a gateway that is not root finds the third copies, although only root may look into the directories of containers', {
  skip,
}, (t) => {
  const state = mkdtempSync('/run/slipway-test-');
  t.after(() => rmSync(state, { recursive: true }));
  chmodSync(state, 0o711);
  mkdirSync(join(state, 'containers/one'), { recursive: true });
  chmodSync(join(state, 'containers'), 0o700);
  mkdirSync(join(state, 'records/containers'), { recursive: true });
  chmodSync(join(state, 'records/containers'), 0o2770);
  chownSync(join(state, 'records/containers'), 0, USER);
  // One whose container is gone, one of a writer that died, one of this process, which may still be writing.
  const dead = `one.${2 ** 22 + 1}.new`;
  for (const name of ['one', 'gone', dead, `one.${process.pid}.new`]) {
    writeFileSync(join(state, 'records/containers', name), 'record');
  }
  const program = `
    import { BesideCopies } from ${JSON.stringify(fileURLToPath(new URL('../src/beside.js', import.meta.url)))};
    const copies = new BesideCopies(${JSON.stringify(state)}, console);
    console.log(JSON.stringify([copies.ids('containers'), copies.has('containers', 'one'), copies.has('containers', 'gone')]));`;
  const rights = ['--inh-caps', '--ambient-caps', '--bounding-set'].flatMap((word) => [word, '-all,+dac_read_search']);
  const words = ['--reuid', USER, '--regid', USER, '--clear-groups', ...rights, process.execPath];
  const out = execFileSync('setpriv', [...words.map(String), '--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  assert.deepEqual(JSON.parse(out), [['one'], true, false]);
  assert.deepEqual(readdirSync(join(state, 'records/containers')).toSorted(), ['one', `one.${process.pid}.new`]);
  assert.ok(existsSync(join(state, 'containers/one')));
});
