import { createHash } from 'node:crypto';
import { orAborted } from '../transfer/abort.js';
import { type Challenge, parseChallenges } from './challenge.js';
import { basicHeader, type Credentials } from './credentials.js';
import { HostFault } from '../fault.js';
import type { RegistryHost } from '../hosts/hosts.js';
import { fetchToken, type Token } from './token.js';
import type { Transport } from '../transfer/transport.js';
import type { HttpResponse } from '../transfer/http-response.js';

/** A token is dropped this long before its end, so that it does not end on the way. */
const expiryMarginMs = 5_000;

/** The authorization that a host has asked for, so that later requests send it with their first try. */
type Scheme = { kind: 'basic' } | { kind: 'bearer'; challenge: Challenge };

interface CachedToken {
  readonly token: Token;
  readonly expires: number;
}

/**
 * Authorization headers for hosts. Tokens are kept per host, scope and credentials until they expire; requests that
 * need the same token meanwhile share one fetch.
 */
export class Authorizer {
  readonly #transport: Transport;
  readonly #schemes = new Map<string, Scheme>();
  readonly #tokens = new Map<string, CachedToken>();
  readonly #inFlight = new Map<string, Promise<Token>>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The header for a request, as far as it is known without being asked. */
  async header(
    host: RegistryHost,
    scope: string,
    credentials: Credentials | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    if (credentials?.registryToken) return `Bearer ${credentials.registryToken}`;
    const scheme = this.#schemes.get(schemeKey(host, credentials));
    if (!scheme) return undefined;
    if (scheme.kind === 'basic') return credentials ? basicHeader(credentials) : undefined;
    try {
      return `Bearer ${(await this.#token(host, scheme.challenge, scope, credentials, signal)).value}`;
    } catch (error) {
      if (!(error instanceof HostFault)) throw error;
      // The host's earlier demand may be outdated, and an odd answer must not spoil all later requests: it is
      // asked again, and says what it wants.
      this.#schemes.delete(schemeKey(host, credentials));
      return undefined;
    }
  }

  /**
   * The header that answers a 401. `sent` is the header that was refused: the same one is not tried twice.
   * Throws a denied HostFault where nothing else is left to try.
   */
  async answer(
    host: RegistryHost,
    scope: string,
    credentials: Credentials | undefined,
    refusal: HttpResponse,
    sent: string | undefined,
    signal?: AbortSignal,
  ): Promise<string> {
    const denied = (message: string) => new HostFault('denied', refusal.url.origin, message);
    if (sent !== undefined && credentials?.registryToken)
      throw denied('the registry token of the pull secret was refused');
    const challenges = parseChallenges(refusal.headers['www-authenticate']);
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm);
    const key = schemeKey(host, credentials);
    if (bearer) {
      this.#schemes.set(key, { kind: 'bearer', challenge: bearer });
      if (sent !== undefined) this.#tokens.delete(tokenKey(host, scope, credentials));
      return `Bearer ${(await this.#token(host, bearer, scope, credentials, signal)).value}`;
    }
    if (challenges.some(({ scheme }) => scheme === 'basic')) {
      if (!credentials?.username) throw denied('it asks for a user name and password, and none are given for it');
      if (sent?.startsWith('Basic ')) throw denied('the user name or password was refused');
      this.#schemes.set(key, { kind: 'basic' });
      return basicHeader(credentials);
    }
    throw denied(
      challenges.length === 0
        ? 'it answers 401 without saying what it wants (no WWW-Authenticate)'
        : `it asks for ${challenges.map(({ scheme }) => scheme).join(', ')}, which is not supported`,
    );
  }

  async #token(
    host: RegistryHost,
    challenge: Challenge,
    scope: string,
    credentials: Credentials | undefined,
    signal?: AbortSignal,
  ): Promise<Token> {
    const key = tokenKey(host, scope, credentials);
    const kept = this.#tokens.get(key);
    if (kept && kept.expires > performance.now()) return kept.token;
    const running = this.#inFlight.get(key);
    if (running) {
      const token = await orAborted(
        running.catch(() => undefined),
        signal,
      );
      // The other one's fetch failed, perhaps because its caller went away: try for ourselves.
      if (token) return token;
    }
    const fetch = fetchToken(this.#transport, host, challenge, scope, credentials, signal);
    this.#inFlight.set(key, fetch);
    try {
      const token = await fetch;
      this.#forgetExpired();
      this.#tokens.set(key, { token, expires: performance.now() + Math.max(0, token.lifetimeMs - expiryMarginMs) });
      return token;
    } finally {
      if (this.#inFlight.get(key) === fetch) this.#inFlight.delete(key);
    }
  }

  #forgetExpired(): void {
    const now = performance.now();
    for (const [key, { expires }] of this.#tokens) if (expires <= now) this.#tokens.delete(key);
  }
}

function credentialsHash(credentials: Credentials | undefined): string {
  return credentials ? createHash('sha256').update(JSON.stringify(credentials)).digest('hex') : 'anonymous';
}

function schemeKey(host: RegistryHost, credentials: Credentials | undefined): string {
  return `${host.origin} ${credentialsHash(credentials)}`;
}

function tokenKey(host: RegistryHost, scope: string, credentials: Credentials | undefined): string {
  return `${host.origin} ${scope} ${credentialsHash(credentials)}`;
}
