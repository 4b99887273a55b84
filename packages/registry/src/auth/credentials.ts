import { apiHost } from '../reference.js';

/** Credentials as a kubelet sends them (CRI AuthConfig); an empty string counts as absent. */
export interface AuthConfig {
  username?: string;
  password?: string;
  /** base64 of `user:password`. */
  auth?: string;
  /** The registry they are for; without it they are for the reference's own registry. */
  serverAddress?: string;
  /** A refresh token, changed for an access token at the token server. */
  identityToken?: string;
  /** A bearer token, sent to the registry as it is. */
  registryToken?: string;
}

/** Credentials for hosts that a call's AuthConfig is not for. */
export interface CredentialSource {
  /** Credentials for an API host (`registry-1.docker.io`, `localhost:5000`), and where they were found. */
  find(host: string, signal?: AbortSignal): Promise<{ auth: AuthConfig; source: string } | undefined>;
}

/** Credentials in one form. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly identityToken: string;
  readonly registryToken: string;
}

/** The credentials for a host and their source; without credentials `source` says why there are none. */
export interface FoundCredentials {
  readonly credentials?: Credentials;
  readonly source: string;
}

/** An AuthConfig in one form, or undefined when it holds nothing. `auth` is used where user and password are absent. */
export function normalizeAuth(auth: AuthConfig): Credentials | undefined {
  let username = auth.username ?? '';
  let password = auth.password ?? '';
  if (username === '' && password === '' && auth.auth) {
    const plain = Buffer.from(auth.auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = plain.indexOf(':');
    if (colon >= 0) [username, password] = [plain.slice(0, colon), plain.slice(colon + 1)];
  }
  const identityToken = auth.identityToken ?? '';
  const registryToken = auth.registryToken ?? '';
  if (username === '' && password === '' && identityToken === '' && registryToken === '') return undefined;
  return { username, password, identityToken, registryToken };
}

/** The host of a `serverAddress`: `https://index.docker.io/v1/` and `docker.io` are Docker Hub's API host. */
export function credentialHost(serverAddress: string): string {
  const host = serverAddress
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
  return host === 'index.docker.io' || host === 'docker.io' ? apiHost('docker.io') : host;
}

/**
 * Chooses the credentials for one host. A call's AuthConfig goes to the host it names, or, when it names none, to
 * the reference's own registry and to what the operator declared as its server; never to a mirror, which is
 * somebody else's machine. Everything else is the credential source's.
 */
export async function credentialsFor(
  host: { readonly host: string; readonly upstream: boolean },
  given: AuthConfig | undefined,
  source: CredentialSource | undefined,
  signal?: AbortSignal,
): Promise<FoundCredentials> {
  const normal = given ? normalizeAuth(given) : undefined;
  if (given && normal) {
    const named = given.serverAddress ? credentialHost(given.serverAddress) : undefined;
    if (named === undefined ? host.upstream : named === host.host.toLowerCase()) {
      return { credentials: normal, source: `AuthConfig of the call${named ? ` for ${named}` : ''}` };
    }
  }
  const found = await source?.find(host.host, signal);
  const stored = found ? normalizeAuth(found.auth) : undefined;
  if (found && stored) return { credentials: stored, source: found.source };
  if (normal) return { source: 'none: the AuthConfig of the call is for another host' };
  return { source: 'none: anonymous' };
}

/** An Authorization header with a user name and password (RFC 7617). */
export function basicHeader({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
