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

/** Where credentials for a host come from besides AuthConfig, such as Docker's config.json. */
export interface CredentialSource {
  /** Credentials for an API host (`registry-1.docker.io`, `localhost:5000`), and where they were found. */
  find(host: string, signal?: AbortSignal): Promise<{ auth: AuthConfig; source: string } | undefined>;
}
