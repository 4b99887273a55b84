export { nodeSecrets } from './node-secrets.js';
export { isDenied, requireAccess, requireRoot } from './permission.js';
