export * from './gen/index.js';
export * from './handed-over.js';
export * from './rights.js';
