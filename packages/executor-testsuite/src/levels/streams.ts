import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPortForward, runRemoteCommand } from '@slipway/streaming';
import { Limit } from '@slipway/time';
import { type Check, expectError, expectThat } from '../check.js';
import { Unexpected } from '../outcome.js';

const timeoutMs = 20_000;

export const streams: readonly Check[] = [
  {
    name: 'exec by URL',
    expects: 'what stdin holds comes back, exit code 4',
    run: async (scene) => {
      const { id } = await scene.started();
      const command = ['/bin/busybox', 'sh', '-c', 'read -r line; echo "got $line"; exit 4'];
      const { url } = await scene.executor.exec({ id, command, stdin: true, stdout: true, stderr: true });
      const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
      const shown = text(stdout);
      stdin.end('hello\n');
      using limit = new Limit({ ms: timeoutMs });
      const code = await runRemoteCommand(url, { stdin, stdout, stderr, signal: limit.signal });
      stdout.end();
      const came = `${(await shown).trim()}, ${code}`;
      return expectThat(came, came === 'got hello, 4');
    },
  },
  {
    name: 'a URL is good once',
    expects: 'refused at the second try',
    run: async (scene) => {
      const { id } = await scene.started();
      const { url } = await scene.executor.exec({ id, command: ['/bin/busybox', 'true'], stdout: true });
      using limit = new Limit({ ms: 2 * timeoutMs });
      const once = (): Promise<number> =>
        runRemoteCommand(url, { stdout: new PassThrough().resume(), signal: limit.signal });
      await once();
      return await expectError(once(), 'STAGE_UNAVAILABLE');
    },
  },
  {
    name: 'attach by URL',
    expects: 'what the container writes, and stdin reaches it',
    run: async (scene) => {
      const { id } = await scene.started({ script: 'read -r line; echo "got $line"; exec $b sleep 1000', stdin: true });
      const { url } = await scene.executor.attach({ id, stdin: true, stdout: true, stderr: true });
      const [stdin, stdout] = [new PassThrough(), new PassThrough()];
      const leave = new AbortController();
      const session = runRemoteCommand(url, { stdin, stdout, stderr: new PassThrough(), signal: leave.signal });
      session.catch(() => undefined);
      stdin.write('hello\n');
      try {
        const shown = await firstText(stdout);
        return expectThat(shown, shown === 'got hello');
      } finally {
        leave.abort();
      }
    },
  },
  {
    name: 'port-forward by URL',
    expects: "what listens on the pod's loopback answers",
    run: async (scene) => {
      const sandbox = await scene.sandbox(true);
      await scene.started({ script: 'while :; do echo hi | $b nc -l -p 7007; done' }, sandbox);
      const { url } = await scene.executor.portForward({ sandboxId: sandbox.id, ports: [7007] });
      using limit = new Limit({ ms: timeoutMs });
      const session = await openPortForward(url, { signal: limit.signal });
      try {
        for (let tries = 1; ; tries++) {
          try {
            const shown = await firstText(await session.connect(7007));
            return expectThat(shown, shown === 'hi');
          } catch (error) {
            // It may not listen yet.
            if (tries === 20 || error instanceof Unexpected) throw error;
            await sleep(100);
          }
        }
      } finally {
        await session.close();
      }
    },
  },
  {
    name: 'exec in a container that does not run',
    expects: 'CONTAINER_STATE, before there is a URL',
    run: async (scene) => {
      const { id } = await scene.created();
      return await expectError(scene.executor.exec({ id, command: ['x'], stdout: true }), 'CONTAINER_STATE');
    },
  },
];

async function firstText(stream: NodeJS.ReadableStream): Promise<string> {
  const timer = setTimeout(() => (stream as PassThrough).destroy(new Error('nothing came')), timeoutMs);
  try {
    for await (const chunk of stream) return String(chunk).trim();
    throw new Error('it ended without a byte');
  } finally {
    clearTimeout(timer);
  }
}
