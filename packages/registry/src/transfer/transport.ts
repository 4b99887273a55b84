import { existsSync, readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { connectionFault, HostFault, isPlainAnswer } from '../fault.js';
import type { HostTls, RegistryHost } from '../hosts/hosts.js';
import { discard } from './http-body.js';
import { isNodeLocal, lookupElsewhere, nodeLocalFault } from '../hosts/node-local.js';
import { isLoopback } from '../reference.js';
import { parseUrl } from '../url.js';
import type { FlowLimits } from './watch.js';
import type { HttpResponse } from './http-response.js';

export interface TransportOptions {
  userAgent: string;
  connectTimeoutMs: number;
  headersTimeoutMs: number;
  /** How slowly the body of an answer may come. */
  flow: FlowLimits;
}

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal | undefined;
}

const maxRedirects = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const systemBundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

/** HTTP to hosts: connections, TLS and redirects. It knows nothing of registries, nor of retries. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #agents = new Map<string, Dispatcher>();
  readonly #plain = new Map<string, boolean>();
  #systemCa: string | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  get flow(): FlowLimits {
    return this.#options.flow;
  }

  /**
   * The host's origin with the scheme that it speaks: `http` where the host allows it and no TLS is spoken there.
   */
  async origin(host: RegistryHost, signal?: AbortSignal): Promise<string> {
    if (!host.maybePlain) return host.origin;
    if (!this.#plain.has(host.origin)) await this.#findScheme(host, signal);
    return this.knownOrigin(host);
  }

  /** The same as far as it is known, without asking. */
  knownOrigin(host: RegistryHost): string {
    return this.#plain.get(host.origin) ? host.origin.replace(/^https:/, 'http:') : host.origin;
  }

  async #findScheme(host: RegistryHost, signal?: AbortSignal): Promise<void> {
    try {
      // Nothing secret goes out, so whose certificate it is does not matter yet.
      const anyone = { ...host, tls: { ca: [], skipVerify: true } };
      const url = new URL(`${host.origin}/v2/`);
      const answer = await this.#once(anyone, { method: 'GET', url, headers: {}, signal });
      await discard(answer);
      this.#plain.set(host.origin, false);
    } catch (error) {
      signal?.throwIfAborted();
      // After any other failure the next call asks again: the registry may come up as either.
      if (isPlainAnswer(error)) this.#plain.set(host.origin, true);
    }
  }

  /**
   * Sends a request and follows redirects. Authorization and the host's own headers stay with the host: a redirect
   * to another origin goes without them. Errors are HostFaults naming the host that failed.
   */
  async send(host: RegistryHost, first: HttpRequest): Promise<HttpResponse> {
    let current = first;
    for (let hops = 0; ; hops++) {
      const { origin } = current.url;
      let answer: HttpResponse;
      try {
        answer = await this.#once(host, current);
      } catch (error) {
        current.signal?.throwIfAborted();
        throw connectionFault(origin, error);
      }
      const location = answer.headers.location;
      if (!redirectStatuses.has(answer.status) || typeof location !== 'string' || current.method === 'POST')
        return answer;
      await discard(answer);
      if (hops >= maxRedirects) throw new HostFault('error', origin, `more than ${maxRedirects} redirects`);
      current = { ...current, ...redirected(current, location, origin) };
    }
  }

  async #once(host: RegistryHost, { method, url, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    const { userAgent, connectTimeoutMs, headersTimeoutMs, flow } = this.#options;
    signal?.throwIfAborted();
    const abort = new AbortController();
    const follow = (): void => abort.abort(signal?.reason);
    const leave = (): void => signal?.removeEventListener('abort', follow);
    signal?.addEventListener('abort', follow, { once: true });
    // undici's own times begin when a connection is there: a proxy that accepts and says nothing is in neither.
    const overdue = setTimeout(
      () => abort.abort(new HostFault('unavailable', url.origin, 'no answer within the time allowed')),
      connectTimeoutMs + headersTimeoutMs,
    );
    try {
      const answer = await request(url, {
        method,
        headers: { 'user-agent': userAgent, ...headers },
        body: body ?? null,
        signal: abort.signal,
        dispatcher: this.#agent(url, host),
        headersTimeout: headersTimeoutMs,
      });
      // A body that is dropped half-read reports its abort as an error; the reader, where there is one, sees it too.
      answer.body.on('error', () => {});
      answer.body.once('close', leave);
      return { status: answer.statusCode, headers: answer.headers, body: answer.body, flow, url };
    } catch (error) {
      leave();
      throw error;
    } finally {
      clearTimeout(overdue);
    }
  }

  /**
   * One agent per set of TLS settings. Client certificates and skip_verify hold for the configured host only. What a
   * host elsewhere leads to (redirects, token servers, layers' URLs) must not be a service of this node.
   */
  #agent(url: URL, host: RegistryHost): Dispatcher {
    const own = url.host === host.host;
    const guarded = leadsAway(url, host);
    if (guarded && (isNodeLocal(url.hostname) || isLoopback(url.host))) throw nodeLocalFault(url.host);
    const tls: HostTls = own ? host.tls : { ca: host.tls.ca, skipVerify: false };
    const proxied = !isLoopback(url.host) && hasProxy();
    const timeout = (own ? host.dialTimeoutMs : undefined) ?? this.#options.connectTimeoutMs;
    const key = JSON.stringify([tls, proxied, timeout, guarded]);
    let agent = this.#agents.get(key);
    if (!agent) {
      // All connections share a context because reading the system's list of authorities takes tens of milliseconds.
      const secureContext = createSecureContext({
        ca: tls.skipVerify ? tls.ca.join('\n') : [this.#trust(), ...tls.ca],
        ...(tls.client ? { cert: tls.client.cert, key: tls.client.key } : {}),
      });
      const connect = {
        timeout,
        secureContext,
        rejectUnauthorized: !tls.skipVerify,
        // Behind a proxy only the proxy's own name is looked up here.
        ...(guarded && !proxied ? { lookup: lookupElsewhere } : {}),
      };
      const options = { connect, bodyTimeout: 0, keepAliveTimeout: 10_000 };
      agent = proxied ? new EnvHttpProxyAgent({ ...options, requestTls: connect }) : new Agent(options);
      this.#agents.set(key, agent);
    }
    return agent;
  }

  /** Node brings its own list of authorities; a node's operator adds theirs to the system's. */
  #trust(): string {
    if (this.#systemCa === undefined) {
      const bundle = [process.env.SSL_CERT_FILE, ...systemBundles].find((file) => file && existsSync(file));
      this.#systemCa = bundle ? readFileSync(bundle, 'utf8') : rootCertificates.join('\n');
    }
    return this.#systemCa;
  }

  async close(): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map((agent) => agent.destroy()));
  }
}

function redirected(from: HttpRequest, location: string, origin: string): Pick<HttpRequest, 'url' | 'headers'> {
  const url = parseUrl(location, from.url.href);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new HostFault('error', origin, `redirect to "${location}", which is no http URL`);
  if (from.url.protocol === 'https:' && url.protocol === 'http:' && !isLoopback(url.host))
    throw new HostFault('error', origin, `redirect from https to plain http at ${url.host}`);
  if (url.origin === from.url.origin) return { url, headers: from.headers };
  const kept = ['accept', 'range', 'if-range'];
  return { url, headers: Object.fromEntries(Object.entries(from.headers).filter(([name]) => kept.includes(name))) };
}

/** Whether a host that is not of this node sends us to another name. */
function leadsAway(url: URL, host: RegistryHost): boolean {
  const { hostname } = new URL(host.origin);
  return url.hostname !== hostname && !isLoopback(hostname) && !isNodeLocal(hostname);
}

function hasProxy(): boolean {
  const { env } = process;
  return Boolean(env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy);
}
