export { addressBytes, addressText, isV6, networkOf } from './address.js';
export { ConntrackSocket } from './conntrack-socket.js';
export type { Link } from './links.js';
export { RouteSocket } from './route-socket.js';
