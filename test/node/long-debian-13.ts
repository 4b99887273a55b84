// The long form of the node lane on Debian 13: what the short one leaves out.
import { after, before, describe } from 'node:test';
import { trixie } from './recipe.js';
import { diskScenarios } from './scenario-disks.js';
import { doctorScenarios } from './scenario-doctor.js';
import { loadScenarios } from './scenario-load.js';
import { unitScenarios } from './scenario-unit.js';
import { valkeyScenarios } from './scenario-valkey.js';
import { SlipwayNode } from './slipway-node.js';

describe('Debian 13, kernel 6.1, at length', () => {
  let node: SlipwayNode;
  before(async () => {
    node = await SlipwayNode.install(trixie);
  });
  after(() => node?.remove());

  unitScenarios(() => node, 'cgroupfs', ['runc', 'crun']);
  loadScenarios(() => node, 'cgroupfs', ['runc', 'crun']);
  loadScenarios(() => node, 'systemd', ['runc', 'crun']);
  doctorScenarios(() => node);
  diskScenarios(() => node, ['runc', 'crun']);
  valkeyScenarios(() => node);
});
