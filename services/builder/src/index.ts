export { buildBundle } from './build-bundle.js';
export { buildInfraBundle } from './build-infra-bundle.js';
export { CdiDevices } from './cdi-devices.js';
export type { BuilderContext, Call } from './context.js';
export { AppArmor } from './apparmor.js';
export { hostFacts } from './host-facts.js';
export { removeOldBundles } from './remove-old-bundles.js';
export { removeBundle } from './remove-bundle.js';
export { serveBuilder } from './serve.js';
