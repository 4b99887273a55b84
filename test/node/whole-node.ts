import { after, before, describe } from 'node:test';
import type { Recipe } from './recipe.js';
import { apparmorScenarios } from './scenario-apparmor.js';
import { machineScenarios } from './scenario-machine.js';
import { podScenarios } from './scenario-pods.js';
import { rebootScenarios, unitScenarios } from './scenario-unit.js';
import { SlipwayNode } from './slipway-node.js';

/** A Debian as users have it, with runc and crun and both cgroup drivers: what each change must not break. */
export function wholeNode(title: string, recipe: Recipe): void {
  describe(title, () => {
    let node: SlipwayNode;
    before(async () => {
      node = await SlipwayNode.install(recipe);
    });
    after(() => node?.remove());

    machineScenarios(() => node);
    podScenarios(() => node, 'cgroupfs', ['runc', 'crun']);
    podScenarios(() => node, 'systemd', ['runc', 'crun']);
    apparmorScenarios(() => node, ['runc', 'crun']);
    unitScenarios(() => node, 'systemd', ['runc', 'crun']);
    rebootScenarios(() => node, 'runc');
  });
}
