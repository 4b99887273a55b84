import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConsoleSocket, openTerminal, setWindowSize } from '../src/index.js';
import { getWindowSize } from '../src/terminal/tty.js';

/** Makes a terminal, sends its master and leaves a program behind on the other side, as a runtime does. */
const sender = `
import os, socket, sys, array
master, slave = os.openpty()
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
s.sendmsg([b"/dev/pts/0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [master]))])
if os.fork() == 0:
    os.setsid()
    for n in range(3): os.dup2(slave, n)
    os.close(master); os.close(s.fileno())
    os.execvp("sh", ["sh", "-c", sys.argv[2]])
`;

function console(t: TestContext): ConsoleSocket {
  const directory = mkdtempSync('/tmp/slipway-console-');
  const socket = new ConsoleSocket(join(directory, 'c'));
  t.after(() => {
    socket.close();
    assert.deepEqual(readdirSync(directory), [], 'the socket is gone');
    rmSync(directory, { recursive: true });
  });
  return socket;
}

function runOn(socket: ConsoleSocket, script: string): void {
  const { status, stderr } = spawnSync('python3', ['-c', sender, socket.path, script], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

test('a terminal that another process made and sent is read to its last byte, also by a slow reader', async (t) => {
  const socket = console(t);
  runOn(socket, 'stty -opost; yes 2>/dev/null | head -c 200000; printf the-end');
  const terminal = openTerminal(socket.receive());
  let text = '';
  for await (const chunk of terminal) {
    text += String(chunk);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(text, `${'y\n'.repeat(100_000)}the-end`);
});

test('a terminal that was sent can be resized and written to', async (t) => {
  const socket = console(t);
  runOn(socket, 'stty -echo; read line; stty size; echo "got $line"');
  const fd = socket.receive();
  setWindowSize(fd, { rows: 33, columns: 99 });
  assert.deepEqual(getWindowSize(fd), { rows: 33, columns: 99 });
  const terminal = openTerminal(fd);
  terminal.write('hello\n');
  let text = '';
  for await (const chunk of terminal) text += String(chunk);
  assert.match(text, /33 99\r\ngot hello\r\n$/);
});

test('without a sender there is nothing to receive', (t) => {
  const socket = console(t);
  assert.ok(existsSync(socket.path));
  assert.throws(() => socket.receive(), { code: 'EAGAIN' });
  assert.throws(() => new ConsoleSocket(`/tmp/${'x'.repeat(110)}`), { code: 'ENAMETOOLONG' });
  assert.throws(() => new ConsoleSocket(socket.path), { code: 'EADDRINUSE' });
});
