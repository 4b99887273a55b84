import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, expectError, expectThat } from '../check.js';
import { Unexpected } from '../outcome.js';

/** `time stream tag text`, the CRI's log format: RFC 3339 with nanoseconds, stdout or stderr, P or F. */
const line = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d) (stdout|stderr) ([PF]) (.*)$/;

async function holds(file: string, text: string): Promise<void> {
  const end = Date.now() + 10_000;
  for (;;) {
    if (existsSync(file) && readFileSync(file, 'utf8').includes(text)) return;
    if (Date.now() > end) throw new Unexpected(existsSync(file) ? `no ${text} in the log` : 'no log file');
    await sleep(20);
  }
}

export const logs: readonly Check[] = [
  {
    name: 'the log file is there',
    expects: 'when the start answers',
    run: async (scene) => {
      const { logPath } = await scene.started();
      return expectThat(existsSync(logPath) ? 'there' : 'not there', existsSync(logPath));
    },
  },
  {
    name: 'lines',
    expects: 'each with time, stream and F, in order',
    process: true,
    run: async (scene) => {
      const { id, logPath } = await scene.started({ script: 'echo one; echo two >&2; $b printf three' });
      await scene.exited(id);
      await holds(logPath, 'three');
      const lines = readFileSync(logPath, 'utf8').split('\n').filter(Boolean);
      const parsed = lines.map((text) => line.exec(text));
      const bad = lines.find((_text, index) => !parsed[index]);
      if (bad !== undefined) throw new Unexpected(bad);
      const of = (stream: string): string =>
        parsed.flatMap((match) => (match?.[1] === stream ? [match[3]] : [])).join(' ');
      const came = `stdout: ${of('stdout')}; stderr: ${of('stderr')}`;
      return expectThat(came, came === 'stdout: one three; stderr: two');
    },
  },
  {
    name: 'reopen after a rotation',
    expects: 'later lines in a new file, none lost',
    process: true,
    run: async (scene) => {
      const script = 'i=0; while :; do echo line $i; i=$((i+1)); $b sleep 0.02; done';
      const { id, logPath } = await scene.started({ script });
      await holds(logPath, 'line 5');
      const rotated = `${logPath}.1`;
      renameSync(logPath, rotated);
      await scene.executor.reopenContainerLog({ id });
      const there = existsSync(logPath);
      await sleep(300);
      await scene.executor.stopContainer({ id, graceSeconds: 0n });
      const numbers = [rotated, logPath].flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/ line (\d+)\n/g)].map((match) => Number(match[1])),
      );
      rmSync(rotated);
      const whole = numbers.every((number, index) => number === index);
      const came = `${there ? 'a new file' : 'no new file'}, ${whole ? `lines 0 to ${numbers.at(-1)}` : 'lines are missing'}`;
      return expectThat(came, there && whole && numbers.length > 5);
    },
  },
  {
    name: 'reopen for a container that has ended',
    expects: 'CONTAINER_STATE',
    run: async (scene) => {
      const { id } = await scene.started();
      await scene.executor.stopContainer({ id, graceSeconds: 0n });
      return await expectError(scene.executor.reopenContainerLog({ id }), 'CONTAINER_STATE');
    },
  },
];
