import assert from 'node:assert/strict';
import {
  buildBusyboxImage,
  type CriClient,
  criClient,
  type NodeOptions,
  nodeLeftovers,
  podLeftovers,
  startNode,
  startRegistry,
  type TestNode,
  type TestRegistry,
} from '@slipway/testbed';

/** Why whole nodes cannot run here; false where they can. For a suite's `skip`. */
export const cannotRun = process.getuid?.() === 0 ? false : 'needs root: namespaces, mounts and cgroups';

/**
 * Milliseconds for all tests of a file that starts whole nodes. Shorter than what scripts/test.mjs gives the file, so that
 * the step that hangs is named, and the node ends in order.
 */
export const suiteMs = 420_000;

/** A node, a registry with the busybox image in it, and a client, for one test file. */
export interface Lab {
  node: TestNode;
  cri: CriClient;
  registry: TestRegistry;
  /** The busybox image's reference; it is pulled already. */
  image: string;
  /** Stops and removes every pod that is there, and fails when one leaves anything behind. For `afterEach`. */
  clear(): Promise<void>;
  /** Ends all of it, and fails when pods or the node left anything behind. */
  close(): Promise<void>;
}

export async function openLab(options: NodeOptions = {}): Promise<Lab> {
  const registry = await startRegistry();
  let node: TestNode | undefined;
  let cri: CriClient | undefined;
  try {
    const { reference: image } = await buildBusyboxImage({ registry });
    node = await startNode(options);
    cri = criClient(node.socket);
    await cri.pullImage({ image: { image } });
    return labOf(node, cri, registry, image);
  } catch (error) {
    // Nobody else would end them, and the process of the test would not end.
    cri?.close();
    await node?.stop();
    await registry.stop();
    throw error;
  }
}

function labOf(node: TestNode, cri: CriClient, registry: TestRegistry, image: string): Lab {
  return {
    node,
    cri,
    registry,
    image,
    clear: async () => {
      const { items } = await cri.listPodSandbox();
      await Promise.all(
        items.map(async ({ id: podSandboxId }) => {
          await cri.stopPodSandbox({ podSandboxId });
          await cri.removePodSandbox({ podSandboxId });
        }),
      );
      assert.deepEqual(podLeftovers(node), [], 'pods left something behind');
    },
    close: async () => {
      try {
        // Also asks Redis, which may be away where a test failed: all ends all the same.
        assert.deepEqual(podLeftovers(node), [], 'pods left something behind');
        // A command that a process needs and may not use is a fault of the table of rights.
        const refused = node
          .logs()
          .split('\n')
          .filter((line) => /NOPERM|Permissions Violation|PERMISSIONS_VIOLATION/i.test(line));
        assert.deepEqual(refused, [], 'a right is missing');
      } finally {
        cri.close();
        try {
          await node.stop();
        } finally {
          await registry.stop();
        }
      }
      assert.deepEqual(nodeLeftovers(node.place), [], 'the node left something behind');
    },
  };
}
