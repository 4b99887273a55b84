import { SandboxPhase } from '@slipway/contracts';
import { isIP } from 'node:net';
import { type Check, expectThat } from '../check.js';

export const network: readonly Check[] = [
  {
    name: "a sandbox off the host's network",
    expects: 'READY with an address',
    run: async (scene) => {
      const { ips, phase } = await scene.sandbox(true);
      return expectThat(
        ips.join(', ') || 'no address',
        phase === SandboxPhase.SANDBOX_READY && ips.length > 0 && ips.every((ip) => isIP(ip) !== 0),
      );
    },
  },
  {
    name: 'its containers have that address',
    expects: 'the address of the record on an interface',
    process: true,
    run: async (scene) => {
      const sandbox = await scene.sandbox(true);
      const { id } = await scene.started({}, sandbox);
      const command = ['/bin/busybox', 'ip', '-o', 'addr'];
      const { stdout } = await scene.executor.execSync({ id, command, timeoutSeconds: 20n });
      const shown = Buffer.from(stdout).toString();
      const found = sandbox.ips.every((ip) => shown.includes(ip));
      return expectThat(found ? sandbox.ips.join(', ') : shown.trim(), found);
    },
  },
  {
    name: 'a sandbox that is stopped keeps its address in the record',
    expects: 'the same',
    run: async (scene) => {
      const { id, ips } = await scene.sandbox(true);
      await scene.executor.stopSandbox({ id });
      const now = (await scene.records.sandboxes.get(id))?.ips ?? [];
      return expectThat(now.join(', '), now.join() === ips.join());
    },
  },
];
