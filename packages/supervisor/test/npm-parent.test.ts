import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const program = `
  import { watchNpm } from ${JSON.stringify(new URL('../src/npm-parent.js', import.meta.url).href)};
  setTimeout(() => process.exit(), 20_000);
  watchNpm(() => { console.log('ended'); process.exit(); });
  console.log('watches');
`;

test('what npx started notices that npm was ended, also with a shell between them', { timeout: 60_000 }, async () => {
  // npm, a shell that waits for its command, and the command.
  const inner = `"$0" --input-type=module -e "$1"; true`;
  const npm = spawn('sh', ['-c', `sh -c '${inner}' "$0" "$1"; true`, process.execPath, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, npm_command: 'exec' },
  });
  const lines = createInterface({ input: npm.stdout });
  const next = async (): Promise<unknown> => ((await once(lines, 'line')) as unknown[])[0];
  assert.equal(await next(), 'watches');
  npm.kill('SIGTERM');
  assert.equal(await next(), 'ended');
});
