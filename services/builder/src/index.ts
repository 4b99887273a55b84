export { buildBundle } from './bundle/build-bundle.js';
export { buildInfraBundle } from './bundle/build-infra-bundle.js';
export { CdiDevices } from './host/cdi-devices.js';
export type { BuilderContext, Call } from './context.js';
export { AppArmor } from './host/apparmor.js';
export { hostFacts } from './host/host-facts.js';
export { removeOldBundles } from './bundle/remove-old-bundles.js';
export { removeBundle } from './bundle/remove-bundle.js';
export { serveBuilder } from './serve.js';
