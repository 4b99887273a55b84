export { type RunningServer, startNats, startRedis } from './servers.js';
export { freePort, temporaryDirectory } from './places.js';
