import { after, before, describe } from 'node:test';
import type { Recipe } from './recipe.js';
import { critestScenarios, critestSkip } from './scenario-critest.js';
import { kubeletScenarios, kubeletSkip } from './scenario-kubelet.js';
import { SlipwayNode } from './slipway-node.js';

/** Programs that Kubernetes' own makers judge a runtime by, where they were given: a kubelet, and critest's specs. */
export function conformance(title: string, recipe: Recipe): void {
  // A guest is not booted for tests that are all skipped; each still says why.
  const skipped = kubeletSkip !== false && critestSkip !== false;
  describe(title, () => {
    let node: SlipwayNode;
    before(async () => {
      if (!skipped) node = await SlipwayNode.install(recipe);
    });
    after(() => node?.remove());

    kubeletScenarios(() => node, 'systemd');
    critestScenarios(() => node, 'systemd', ['runc', 'crun']);
    critestScenarios(() => node, 'cgroupfs', ['runc', 'crun']);
  });
}
