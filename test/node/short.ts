// The short form of the node lane: a Debian 13 as users have it, with runc and crun and both cgroup drivers.
import { after, before, describe } from 'node:test';
import { trixie } from './recipe.js';
import { apparmorScenarios } from './scenario-apparmor.js';
import { machineScenarios } from './scenario-machine.js';
import { podScenarios } from './scenario-pods.js';
import { rebootScenarios, unitScenarios } from './scenario-unit.js';
import { SlipwayNode } from './slipway-node.js';

describe('Debian 13, kernel 6.1', () => {
  let node: SlipwayNode;
  before(async () => {
    node = await SlipwayNode.install(trixie);
  });
  after(() => node?.remove());

  machineScenarios(() => node);
  podScenarios(() => node, 'cgroupfs', ['runc', 'crun']);
  podScenarios(() => node, 'systemd', ['runc', 'crun']);
  apparmorScenarios(() => node, ['runc', 'crun']);
  unitScenarios(() => node, 'systemd', ['runc', 'crun']);
  rebootScenarios(() => node, 'runc');
});
