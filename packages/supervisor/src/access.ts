// What gives each role access to NATS and Redis. An entry of its own, because it loads the clients of both.
export { ensureKeys, ensureRedisKeys } from './keys.js';
export { natsConfig } from './nats-server.js';
