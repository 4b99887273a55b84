export { Limit, type LimitOptions } from './limit.js';
