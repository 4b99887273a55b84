/** The test files, from the top of the clone, that carry out attacks of a pod, an image, a registry or a neighbour. */
export const attackTests: readonly string[] = [
  'packages/linux/dist/test/trees.test.js',
  'packages/layers/dist/test/hostile.test.js',
  'packages/cli/dist/test/permissions.test.js',
  'services/gateway/dist/test/dead-streams.test.js',
];
