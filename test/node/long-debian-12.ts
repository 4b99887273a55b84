// The long form of the node lane on Debian 12: what the short one does on Debian 13.
import { after, before, describe } from 'node:test';
import { bookworm } from './recipe.js';
import { apparmorScenarios } from './scenario-apparmor.js';
import { machineScenarios } from './scenario-machine.js';
import { podScenarios } from './scenario-pods.js';
import { rebootScenarios, unitScenarios } from './scenario-unit.js';
import { SlipwayNode } from './slipway-node.js';

describe('Debian 12, kernel 6.1', () => {
  let node: SlipwayNode;
  before(async () => {
    node = await SlipwayNode.install(bookworm);
  });
  after(() => node?.remove());

  machineScenarios(() => node);
  podScenarios(() => node, 'cgroupfs', ['runc', 'crun']);
  podScenarios(() => node, 'systemd', ['runc', 'crun']);
  apparmorScenarios(() => node, ['runc', 'crun']);
  unitScenarios(() => node, 'systemd', ['runc', 'crun']);
  rebootScenarios(() => node, 'runc');
});
