export * from './spdy/index.js';
