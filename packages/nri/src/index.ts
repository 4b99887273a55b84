export { adjustSpec } from './adjust/adjust-spec.js';
export { containerView } from './adjust/container-view.js';
export * from './gen/api.js';
export type { Notice } from './plugins/events.js';
export { type Adjusted, NriHost, type NriHostOptions } from './plugins/host.js';
export type { NoticeRequest } from './plugins/plugin.js';
export { NriStub, type PluginHandlers, type StubOptions } from './stub.js';
