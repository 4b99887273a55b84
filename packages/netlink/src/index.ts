export { addressBytes, addressText, networkOf } from './address.js';
export type { Link } from './links.js';
export { RouteSocket } from './route-socket.js';
