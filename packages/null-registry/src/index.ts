export { type NullRegistry, type NullRegistryOptions, startNullRegistry } from './server.js';
export { isNullRepository } from './image.js';
