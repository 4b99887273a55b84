// The package on a Debian 13 without a network: installed, upgraded under pods, gone back from, removed, purged. Then the archive.
import { after, before, describe } from 'node:test';
import { trixie } from './recipe.js';
import { archiveScenarios } from './scenario-archive.js';
import { inventory, makePackages, packageScenarios, type Packages } from './scenario-package.js';
import { SlipwayNode } from './slipway-node.js';

describe('Debian 13, kernel 6.1, from a package', () => {
  let node: SlipwayNode;
  let packages: Packages;
  let machine: string[] = [];
  before(async () => {
    node = await SlipwayNode.install(trixie, async (guest) => {
      packages = makePackages(guest.share);
      machine = await inventory(guest);
    });
  });
  after(() => node?.remove());

  const [theNode, thePackages, theMachine] = [() => node, () => packages, () => machine];
  packageScenarios(theNode, thePackages, theMachine);
  archiveScenarios(theNode, thePackages, theMachine);
});
