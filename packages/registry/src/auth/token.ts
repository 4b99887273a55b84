import type { Challenge } from './challenge.js';
import { basicHeader, type Credentials } from './credentials.js';
import { HostFault } from '../fault.js';
import type { RegistryHost } from '../hosts/hosts.js';
import { answerFault, discard, readBody } from '../transfer/http-body.js';
import { isLoopback } from '../reference.js';
import type { Transport } from '../transfer/transport.js';
import type { HttpResponse } from '../transfer/http-response.js';
import { parseUrl } from '../url.js';

export interface Token {
  readonly value: string;
  readonly lifetimeMs: number;
}

const clientId = 'slipway';
const maxTokenBytes = 1024 * 1024;
/** The lifetime of a token whose server reports none (distribution, "Token Authentication Specification"). */
const defaultLifetimeMs = 60_000;

/**
 * Fetches a bearer token for a scope: GET with basic authentication (token authentication specification), or POST
 * with a refresh token (OAuth2 form), which an identity token is.
 */
export async function fetchToken(
  transport: Transport,
  host: RegistryHost,
  challenge: Challenge,
  scope: string,
  credentials: Credentials | undefined,
  signal?: AbortSignal,
): Promise<Token> {
  const realm = tokenServer(host, challenge);
  const service = challenge.parameters.service ?? '';
  const scopes = mergeScopes(scope, challenge.parameters.scope);
  const post = (fields: Record<string, string>) => {
    const form = new URLSearchParams({ service, client_id: clientId, scope: scopes.join(' '), ...fields });
    return transport.send(host, {
      method: 'POST',
      url: realm,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      signal,
    });
  };
  let answer: HttpResponse;
  if (credentials?.identityToken) {
    answer = await post({ grant_type: 'refresh_token', refresh_token: credentials.identityToken });
  } else {
    const url = new URL(realm);
    if (service) url.searchParams.set('service', service);
    for (const one of scopes) url.searchParams.append('scope', one);
    if (credentials?.username) url.searchParams.set('account', credentials.username);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (credentials?.username) headers.authorization = basicHeader(credentials);
    answer = await transport.send(host, { method: 'GET', url, headers, signal });
    if (answer.status === 405 && credentials?.username) {
      await discard(answer);
      const { username, password } = credentials;
      answer = await post({ grant_type: 'password', username, password });
    }
  }
  if (answer.status !== 200) {
    const what = credentials ? 'the token server refused the credentials' : 'the token server gives no anonymous token';
    const fault = await answerFault(
      answer,
      answer.status >= 500 ? 'the token server failed' : what,
      realm.origin,
      signal,
    );
    // Neither 400 nor 404 there says anything of the image: no token means no access.
    if (fault.kind === 'missing' || fault.kind === 'error') throw new HostFault('denied', fault.host, fault.message);
    throw fault;
  }
  return readToken(await readBody(answer, maxTokenBytes, 'the token', signal), answer.url.origin);
}

function tokenServer(host: RegistryHost, challenge: Challenge): URL {
  const text = challenge.parameters.realm ?? '';
  const url = parseUrl(text, host.origin);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new HostFault('error', host.origin, `its token server "${text}" is no http URL`);
  // A registry that is spoken to by https must not lure credentials onto plain http.
  if (url.protocol === 'http:' && host.origin.startsWith('https:') && !isLoopback(url.host))
    throw new HostFault('error', host.origin, `its token server ${url.origin} is plain http`);
  return url;
}

/** The needed scopes, and those that the registry asks for besides. */
function mergeScopes(scope: string, asked: string | undefined): string[] {
  return [...new Set([scope, ...(asked ?? '').split(' ')].filter((one) => one !== ''))];
}

function readToken(body: Buffer, host: string): Token {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new HostFault('error', host, 'the token server answered something that is not JSON', { cause });
  }
  const value = [json?.token, json?.access_token].find((one) => typeof one === 'string' && one !== '');
  if (typeof value !== 'string') throw new HostFault('error', host, 'the token server answered without a token');
  const seconds = typeof json.expires_in === 'number' && json.expires_in > 0 ? json.expires_in : undefined;
  // Counted from now rather than from issued_at: the two clocks may differ.
  return { value, lifetimeMs: seconds === undefined ? defaultLifetimeMs : seconds * 1000 };
}
