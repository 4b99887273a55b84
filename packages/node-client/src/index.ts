export { readyDefaultHandler, readyHandler } from './handler-info.js';
export { noImage } from './no-image.js';
export { connectNode, type Node, nodeImage, withNode } from './node.js';
export { callMs, type PodOrigin, StagePods } from './stage-pods.js';
