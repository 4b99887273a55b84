// The long form of the node lane: what the short one leaves out.
import { after, before, describe } from 'node:test';
import { bookworm, trixie } from './recipe.js';
import { apparmorScenarios } from './scenario-apparmor.js';
import { loadScenarios } from './scenario-load.js';
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

describe('Debian 13, kernel 6.1, at length', () => {
  let node: SlipwayNode;
  before(async () => {
    node = await SlipwayNode.install(trixie);
  });
  after(() => node?.remove());

  unitScenarios(() => node, 'cgroupfs', ['runc', 'crun']);
  loadScenarios(() => node, 'cgroupfs', ['runc', 'crun']);
  loadScenarios(() => node, 'systemd', ['runc', 'crun']);
});
