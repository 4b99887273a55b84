export * from './gen/api.js';
