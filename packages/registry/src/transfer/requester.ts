import type { Authorizer } from '../auth/auth.js';
import { type AuthConfig, type Credentials, type CredentialSource, credentialsFor } from '../auth/credentials.js';
import { parseChallenges } from '../auth/challenge.js';
import { HostFault } from '../fault.js';
import { HostHealth } from '../hosts/host-health.js';
import type { HostsLookup, RegistryHost } from '../hosts/hosts.js';
import { discard } from './http-body.js';
import type { Reference } from '../reference.js';
import type { RetryPolicy } from './retry.js';
import type { Transport } from './transport.js';
import type { HttpResponse } from './http-response.js';

/** A host, the settings of requests to it, and the repository. */
export interface Target {
  readonly host: RegistryHost;
  readonly credentials: Credentials | undefined;
  /** Where the credentials come from, or why there are none. */
  readonly credentialsSource: string;
  readonly repository: string;
  /** Where the blob lies outside of any registry, as its descriptor says; asked without credentials. */
  readonly url?: URL;
}

export interface TargetRequest {
  method?: 'GET' | 'HEAD';
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Shared parts of every registry call: hosts, connections, authorization, retries. */
export class Requester {
  readonly health = new HostHealth();
  /** Origins whose `/v2/` asks for nothing. */
  readonly #open = new Set<string>();

  constructor(
    readonly transport: Transport,
    readonly authorizer: Authorizer,
    readonly hosts: HostsLookup,
    readonly credentialSource: CredentialSource | undefined,
    readonly policy: RetryPolicy,
  ) {}

  /** The hosts for a reference in the order they are to be asked. */
  async targets(reference: Reference, given: AuthConfig | undefined, signal?: AbortSignal): Promise<Target[]> {
    const { hosts } = await this.hosts.find(reference);
    return Promise.all(
      hosts.map(async (host) => {
        const found = await credentialsFor(host, given, this.credentialSource, signal);
        return {
          host,
          credentials: found.credentials,
          credentialsSource: found.source,
          repository: reference.repository,
        };
      }),
    );
  }

  /** A target's name in messages: its scheme and host. */
  nameOf({ host, url }: Target): string {
    return url ? url.origin : this.transport.knownOrigin(host);
  }

  /**
   * Sends one request about the target's repository (`/manifests/latest`), with authorization as the host wants it.
   * Any answer but 401 is returned as it is. Throws HostFaults.
   */
  async send(target: Target, path: string, request: TargetRequest): Promise<HttpResponse> {
    const { host, credentials, repository } = target;
    const { method = 'GET', headers, signal } = request;
    if (target.url) return this.transport.send(host, { method, url: target.url, headers: headers ?? {}, signal });
    const origin = await this.transport.origin(host, signal);
    const url = new URL(`${origin}${host.path}/${repository}${path}`);
    if (host.namespace) url.searchParams.set('ns', host.namespace);
    const scope = `repository:${repository}:pull`;
    let authorization = await this.authorizer.header(host, scope, credentials, signal);
    for (let refusals = 0; ; refusals++) {
      const answer = await this.transport.send(host, {
        method,
        url,
        headers: { ...host.headers, ...headers, ...(authorization ? { authorization } : {}) },
        signal,
      });
      if (answer.url.origin !== url.origin)
        return answer.status === 401 ? this.#elsewhere(host, answer, request) : answer;
      const asked = authorization === undefined ? await this.#unsaid(target, origin, answer, signal) : undefined;
      if (answer.status !== 401 && !asked) return answer;
      await discard(answer);
      // The first refusal may be that of a token kept from before; a fresh one refused is the last word.
      if (refusals > 0) throw new HostFault('denied', origin, deniedText(target));
      authorization = await this.authorizer.answer(host, scope, credentials, asked ?? answer, authorization, signal);
    }
  }

  /**
   * Some registries ask for a login at `/v2/` only and answer a stranger's other requests with 403 or 404, or with a
   * 401 that does not say what they want; Docker asks `/v2/` first, so nobody sees it there. The answer of `/v2/`,
   * where it asks for what we could give.
   */
  async #unsaid(
    { host, credentials }: Target,
    origin: string,
    answer: HttpResponse,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse | undefined> {
    const said = answer.headers['www-authenticate'] !== undefined;
    if (said || ![401, 403, 404].includes(answer.status) || this.#open.has(origin)) return undefined;
    const url = new URL(`${origin}${host.path}/`);
    const root = await this.transport.send(host, { method: 'GET', url, headers: { ...host.headers }, signal });
    await discard(root);
    const schemes = root.status === 401 ? parseChallenges(root.headers['www-authenticate']) : [];
    if (root.status < 400) this.#open.add(origin);
    const bearer = schemes.some(({ scheme }) => scheme === 'bearer');
    return bearer || (schemes.length > 0 && credentials) ? root : undefined;
  }

  /**
   * A redirect led to a host that wants a token of its own. It gets an anonymous one: the registry that led there must
   * not choose who gets its credentials, nor what the node's own are used for.
   */
  async #elsewhere(
    from: RegistryHost,
    answer: HttpResponse,
    { method = 'GET', headers, signal }: TargetRequest,
  ): Promise<HttpResponse> {
    const { url } = answer;
    await discard(answer);
    const there: RegistryHost = {
      origin: url.origin,
      host: url.host,
      path: '',
      capabilities: from.capabilities,
      headers: {},
      tls: { ca: from.tls.ca, skipVerify: false },
      upstream: false,
      maybePlain: false,
      source: from.source,
    };
    const [challenge] = parseChallenges(answer.headers['www-authenticate']).filter(({ scheme }) => scheme === 'bearer');
    const scope = challenge?.parameters.scope ?? '';
    const authorization = await this.authorizer.answer(there, scope, undefined, answer, undefined, signal);
    return this.transport.send(there, { method, url, headers: { ...headers, authorization }, signal });
  }
}

function deniedText({ credentials, repository }: Target): string {
  return credentials
    ? `it refuses access to ${repository} with the given credentials`
    : `it refuses anonymous access to ${repository}: the repository does not exist or needs a pull secret`;
}
