import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { CriClient } from '@slipway/testbed';

/** A pod of one container, as a kubectl finds it. */
export interface ServedPod {
  sandboxId: string;
  containerId: string;
  stdin?: boolean;
  tty?: boolean;
}

/**
 * As much of an API server and of the kubelet behind it as `kubectl exec`, `attach`, `cp` and `port-forward` need:
 * pods by name, and upgrades that are handed on, as they came, to the URL that the CRI answers (kubelet
 * pkg/kubelet/server, apimachinery pkg/util/proxy).
 */
export class ApiServer {
  readonly pods = new Map<string, ServedPod>();
  readonly #cri: CriClient;
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #sockets = new Set<Duplex>();

  private constructor(cri: CriClient) {
    this.#cri = cri;
    this.#server.on('upgrade', (request, socket, head) => {
      this.#handOn(request, socket, head).catch((error: Error) => {
        // The kubelet answers what the CRI refused as text.
        const text = error.message;
        socket.end(`HTTP/1.1 500 Internal Server Error\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
      });
    });
  }

  static async start(cri: CriClient): Promise<ApiServer> {
    const api = new ApiServer(cri);
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', this.url);
    const name = /^\/api\/v1\/namespaces\/default\/pods\/([^/]+)$/.exec(pathname)?.[1] ?? '';
    const pod = this.pods.get(name);
    const body = pod ? podObject(name, pod) : discovery[pathname];
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }));
  }

  async #handOn(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const [, name = '', verb = ''] = /\/pods\/([^/]+)\/(exec|attach|portforward)$/.exec(pathname) ?? [];
    const pod = this.pods.get(name);
    if (!pod) throw new Error(`no pod ${name}`);
    const asked = (flag: string): boolean => /^(true|1)$/.test(searchParams.get(flag) ?? '');
    const tty = asked('tty');
    const streams = { stdin: asked('stdin'), stdout: asked('stdout'), stderr: asked('stderr') && !tty, tty };
    const { containerId, sandboxId } = pod;
    const { url } =
      verb === 'exec'
        ? await this.#cri.exec({ containerId, cmd: searchParams.getAll('command'), ...streams })
        : verb === 'attach'
          ? await this.#cri.attach({ containerId, ...streams })
          : await this.#cri.portForward({ podSandboxId: sandboxId });
    const { hostname, port, pathname: target } = new URL(url);
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const lines = [`${request.method} ${target} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    this.#join(socket, upstream);
  }

  #join(client: Duplex, upstream: Socket): void {
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}

function podObject(name: string, { stdin = false, tty = false }: ServedPod): object {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default', uid: name },
    spec: { containers: [{ name: 'main', image: 'main', stdin, tty }] },
    status: {
      phase: 'Running',
      containerStatuses: [
        { name: 'main', ready: true, state: { running: {} }, image: 'main', imageID: '', restartCount: 0 },
      ],
    },
  };
}

const podVerbs = ['exec', 'attach', 'portforward'].map((verb) => ({
  name: `pods/${verb}`,
  singularName: '',
  namespaced: true,
  kind: `Pod${verb}`,
  verbs: ['create', 'get'],
}));

/** What kubectl asks before it knows what a pod is. */
const discovery: Record<string, object> = {
  '/version': { major: '1', minor: '32', gitVersion: 'v1.32.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [
      { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'], shortNames: ['po'] },
      ...podVerbs,
    ],
  },
};
