import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SecurityProfile_ProfileType } from '@slipway/cri';
import { statusName } from '@slipway/testbed';
import { NodePod } from './pods.js';
import { removePods } from './scenario-pods.js';
import type { Handler, SlipwayNode } from './slipway-node.js';

const profileName = 'lane-deny-write';
const profile = `#include <tunables/global>
profile ${profileName} flags=(attach_disconnected) {
  #include <abstractions/base>
  file,
  signal,
  ptrace,
  deny /tmp/** w,
}
`;

/** AppArmor's profiles as the CRI asks for them, in the field of today and in that of kubelets before 1.30. */
export function apparmorScenarios(node: () => SlipwayNode, handlers: readonly Handler[]): void {
  for (const handler of handlers) {
    describe(`AppArmor on ${handler}`, () => {
      let pod: NodePod;
      before(async () => {
        pod = await NodePod.run(node(), handler);
      });
      after(() => removePods(node()));

      /** The profile that a container of these settings runs with, as the kernel has it, and whether /tmp can be written. */
      async function confinement(securityContext: object): Promise<[string, boolean]> {
        const id = await pod.start('exec sleep 100000', { linux: { securityContext } });
        const current = await pod.exec(id, 'cat', '/proc/self/attr/current');
        const { exitCode } = await node().cri.execSync({ containerId: id, cmd: ['touch', '/tmp/x'], timeout: 60n });
        await node().cri.removeContainer({ containerId: id });
        return [current.trim(), exitCode === 0];
      }
      const apparmor = (profileType: SecurityProfile_ProfileType, localhostRef = '') => ({
        apparmor: { profileType, localhostRef },
      });

      test('the default of the runtime is a profile that is enforced', async () => {
        for (const securityContext of [
          {},
          apparmor(SecurityProfile_ProfileType.RuntimeDefault),
          { apparmorProfile: 'runtime/default' },
        ]) {
          const [current, writes] = await confinement(securityContext);
          assert.match(current, /^\S+ \(enforce\)$/, JSON.stringify(securityContext));
          assert.ok(writes);
        }
      });

      test('unconfined is no profile', async () => {
        for (const securityContext of [
          apparmor(SecurityProfile_ProfileType.Unconfined),
          { apparmorProfile: 'unconfined' },
        ])
          assert.deepEqual(await confinement(securityContext), ['unconfined', true]);
      });

      test('a profile of the node denies what it says, also where its name has the prefix localhost/', async () => {
        await node().guest.write(`/etc/apparmor.d/${profileName}`, profile);
        await node().guest.run(`apparmor_parser -r /etc/apparmor.d/${profileName}`);
        for (const securityContext of [
          apparmor(SecurityProfile_ProfileType.Localhost, profileName),
          apparmor(SecurityProfile_ProfileType.Localhost, `localhost/${profileName}`),
          { apparmorProfile: `localhost/${profileName}` },
        ])
          assert.deepEqual(await confinement(securityContext), [`${profileName} (enforce)`, false]);
      });

      test('a profile that is not loaded is refused by its name', async () => {
        await assert.rejects(
          confinement(apparmor(SecurityProfile_ProfileType.Localhost, 'no-such-profile')),
          (error: Error) => error.message.includes('no-such-profile') && statusName(error) !== 'UNKNOWN',
        );
      });
    });
  }
}
