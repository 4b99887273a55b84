export { buildBusyboxImage, type BusyboxOptions } from './busybox-image.js';
export { criClient, type CriClient, statusName } from './cri-client.js';
export { type EventWatch, watchEvents } from './events.js';
export { nodeLeftovers, podLeftovers } from './leftovers.js';
export { type NodeOptions, type NodeProcess, softOpenFiles, startNode, type TestNode } from './node.js';
export type { Place } from './place.js';
export type { ImageConfig, PushedImage, PushOptions } from './push-image.js';
export { freePort, startRegistry, type TestRegistry } from './registry.js';
export type { Span, WaterfallOptions } from './waterfall.js';
