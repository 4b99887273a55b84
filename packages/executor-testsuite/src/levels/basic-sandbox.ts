import { SandboxPhase } from '@slipway/contracts';
import { sandboxPhaseName } from '@slipway/records';
import { type Check, expectError, expectThat } from '../check.js';
import { Unexpected } from '../outcome.js';
import type { Scene } from '../scene.js';

const nobody = 'f'.repeat(64);

async function phaseOf(scene: Scene, id: string): Promise<SandboxPhase> {
  const record = await scene.records.sandboxes.get(id);
  if (!record) throw new Unexpected('the sandbox has no record any more: removing it is not for an executor');
  return record.phase;
}

export const basicSandbox: readonly Check[] = [
  {
    name: 'describe',
    expects: 'its name, kind, version and instance; ready',
    run: async (scene) => {
      const { name, kind, version, instance, ready, reason } = await scene.executor.describe({});
      const came = `${name}, kind ${kind}, ${version}, ${instance}, ${ready ? 'ready' : `not ready: ${reason}`}`;
      const whole = kind !== '' && version !== '' && instance !== '';
      return expectThat(came, name === scene.handler.name && whole && ready);
    },
  },
  {
    name: 'create sandbox',
    expects: 'READY in the answer and in the record',
    run: async (scene) => {
      const made = await scene.sandbox();
      const inRecord = sandboxPhaseName(await phaseOf(scene, made.id));
      return expectThat(
        `${sandboxPhaseName(made.phase)}, ${inRecord}`,
        made.phase === SandboxPhase.SANDBOX_READY && inRecord === 'READY',
      );
    },
  },
  {
    name: 'create sandbox twice',
    expects: 'the same one',
    run: async (scene) => {
      const reserved = await scene.reserveSandbox();
      const [first, second] = [await scene.createSandbox(reserved), await scene.createSandbox(reserved)];
      const same = JSON.stringify(first.namespaces) === JSON.stringify(second.namespaces);
      return expectThat(same ? 'the same' : 'another', same && second.phase === SandboxPhase.SANDBOX_READY);
    },
  },
  {
    name: 'create sandbox not reserved',
    expects: 'SANDBOX_NOT_FOUND',
    run: (scene) => expectError(scene.executor.createSandbox({ sandbox: { id: nobody } }), 'SANDBOX_NOT_FOUND'),
  },
  {
    name: 'stop sandbox, twice',
    expects: 'NOT_READY, and success',
    run: async (scene) => {
      const { id } = await scene.sandbox();
      await scene.executor.stopSandbox({ id });
      await scene.executor.stopSandbox({ id });
      const phase = await phaseOf(scene, id);
      return expectThat(sandboxPhaseName(phase), phase === SandboxPhase.SANDBOX_NOT_READY);
    },
  },
  {
    name: 'create sandbox that was stopped',
    expects: 'SANDBOX_NOT_READY',
    run: async (scene) => {
      const reserved = await scene.reserveSandbox();
      await scene.createSandbox(reserved);
      await scene.executor.stopSandbox({ id: reserved.id });
      return await expectError(scene.executor.createSandbox({ sandbox: reserved }), 'SANDBOX_NOT_READY');
    },
  },
  {
    name: 'remove sandbox, twice',
    expects: 'success; its record stays, NOT_READY',
    run: async (scene) => {
      const { id } = await scene.sandbox();
      await scene.executor.removeSandbox({ id });
      await scene.executor.removeSandbox({ id });
      const phase = await phaseOf(scene, id);
      return expectThat(sandboxPhaseName(phase), phase === SandboxPhase.SANDBOX_NOT_READY);
    },
  },
  {
    name: 'stop and remove a missing sandbox',
    expects: 'success',
    run: async (scene) => {
      await scene.executor.stopSandbox({ id: nobody });
      await scene.executor.removeSandbox({ id: nobody });
      return 'success';
    },
  },
];
