import type { ExecSyncResult } from '@slipway/contracts';
import { type Check, expectError, expectThat } from '../check.js';
import type { Scene } from '../scene.js';

async function inNew(scene: Scene, script: string, timeoutSeconds = 20n): Promise<ExecSyncResult> {
  const { id } = await scene.started();
  return await execIn(scene, id, script, timeoutSeconds);
}

function execIn(scene: Scene, id: string, script: string, timeoutSeconds = 20n): Promise<ExecSyncResult> {
  const command = ['/bin/busybox', 'sh', '-c', `b=/bin/busybox; ${script}`];
  return scene.executor.execSync({ id, command, timeoutSeconds });
}

export const exec: readonly Check[] = [
  {
    name: 'output and exit code',
    expects: 'out, err, 5',
    run: async (scene) => {
      const { stdout, stderr, exitCode } = await inNew(scene, '$b printf out; $b printf err >&2; exit 5');
      const came = `${Buffer.from(stdout).toString()}, ${Buffer.from(stderr).toString()}, ${exitCode}`;
      return expectThat(came, came === 'out, err, 5');
    },
  },
  {
    name: "large output, over the bus' largest message",
    expects: '12582912 bytes',
    run: async (scene) => {
      const { stdout } = await inNew(scene, '$b head -c 12582912 /dev/zero', 60n);
      return expectThat(`${stdout.length} bytes`, stdout.length === 12_582_912);
    },
  },
  {
    name: 'a command that takes too long',
    expects: 'EXEC_TIMEOUT, and it is killed',
    run: async (scene) => {
      const { id } = await scene.started();
      const failure = await expectError(execIn(scene, id, '$b sleep 4321', 1n), 'EXEC_TIMEOUT');
      const { stdout } = await execIn(scene, id, '$b ps -o args');
      const killed = !Buffer.from(stdout).toString().includes('sleep 4321\n');
      return expectThat(killed ? failure : `${failure}; it still runs`, killed);
    },
  },
  {
    name: 'a command that is not there',
    expects: 'an error, or an exit code that is not 0',
    run: async (scene) => {
      const { id } = await scene.started();
      const call = scene.executor.execSync({ id, command: ['/no/such'], timeoutSeconds: 20n });
      const exitCode = await call.then(
        (result) => result.exitCode,
        () => undefined,
      );
      if (exitCode === undefined) return await expectError(call, 'RUNTIME_FAILED');
      return expectThat(`exit code ${exitCode}`, exitCode !== 0);
    },
  },
  {
    name: 'in a container that does not run',
    expects: 'CONTAINER_STATE',
    run: async (scene) => {
      const { id } = await scene.created();
      return await expectError(execIn(scene, id, 'exit 0'), 'CONTAINER_STATE');
    },
  },
];
