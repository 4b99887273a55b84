import type { Authorizer } from './auth.js';
import { type AuthConfig, type Credentials, type CredentialSource, credentialsFor } from './credentials.js';
import { combineFaults, HostFault } from './fault.js';
import type { HostsLookup, RegistryHost } from './hosts.js';
import type { Capability } from './hosts-toml.js';
import { discard } from './http-body.js';
import { type Reference, repositoryName } from './reference.js';
import type { RetryPolicy } from './retry.js';
import type { HttpResponse, Transport } from './transport.js';

/** A host, what it is to be told, and about which repository. */
export interface Target {
  readonly host: RegistryHost;
  readonly credentials: Credentials | undefined;
  /** Where the credentials come from, or why there are none. */
  readonly credentialsSource: string;
  readonly repository: string;
}

export interface TargetRequest {
  method?: 'GET' | 'HEAD';
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** What every registry call needs: hosts, connections, authorization, retries. */
export class Requester {
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
  nameOf({ host }: Target): string {
    return this.transport.knownOrigin(host);
  }

  /**
   * Sends one request about the target's repository (`/manifests/latest`), with authorization as the host wants it.
   * Any answer but 401 is returned as it is. Throws HostFaults.
   */
  async send(target: Target, path: string, { method = 'GET', headers, signal }: TargetRequest): Promise<HttpResponse> {
    const { host, credentials, repository } = target;
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
      if (answer.status !== 401 || answer.url.origin !== url.origin) return answer;
      await discard(answer);
      // The first refusal may be that of a token kept from before; a fresh one refused is the last word.
      if (refusals > 0) throw new HostFault('denied', origin, deniedText(target));
      authorization = await this.authorizer.answer(host, scope, credentials, answer, authorization, signal);
    }
  }
}

function deniedText({ credentials, repository }: Target): string {
  return credentials
    ? `it refuses access to ${repository} with the given credentials`
    : `it refuses anonymous access to ${repository}: the repository does not exist or needs a pull secret`;
}

/**
 * Asks targets in order until one succeeds. HostFaults of all are told in one error; any other error ends it.
 */
export async function askInOrder<T>(
  targets: readonly Target[],
  capability: Capability,
  reference: Reference,
  what: string,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const faults: HostFault[] = [];
  for (const target of targets) {
    if (!target.host.capabilities.includes(capability)) continue;
    try {
      return await work(target);
    } catch (error) {
      if (!(error instanceof HostFault)) throw error;
      faults.push(error);
    }
  }
  throw combineFaults(what, `image ${repositoryName(reference)}`, faults);
}
