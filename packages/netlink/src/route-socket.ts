import { Addresses } from './addresses.js';
import { Links } from './links.js';
import { NetlinkSocket } from './netlink-socket.js';
import { Routes } from './routes.js';

/**
 * rtnetlink(7) of the net namespace in which the thread is when this is made. It blocks its thread for as long as the
 * kernel works or waits for its own lock: for worker threads.
 */
export class RouteSocket {
  readonly #socket = new NetlinkSocket('route');
  readonly links = new Links(this.#socket);
  readonly addresses = new Addresses(this.#socket);
  readonly routes = new Routes(this.#socket);

  close(): void {
    this.#socket.close();
  }
}
