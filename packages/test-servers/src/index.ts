export { type RedisOptions, type RunningServer, startNats, startRedis } from './servers.js';
export { type SteppedClock, steppedClock } from './stepped-clock.js';
export { freePort, temporaryDirectory } from './places.js';
