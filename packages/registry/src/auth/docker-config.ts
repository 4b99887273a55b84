import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { SlipwayError } from '@slipway/errors';
import { Limit } from '@slipway/time';
import { type AuthConfig, type CredentialSource, credentialHost } from './credentials.js';

interface DockerConfig {
  auths?: Record<
    string,
    { auth?: string; username?: string; password?: string; identitytoken?: string; registrytoken?: string }
  >;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

const helperTimeoutMs = 30_000;
const helperOutputBytes = 1024 * 1024;
/** The user that a helper reports when the secret is an identity token (docker-credential-helpers). */
const tokenUser = '<token>';

/**
 * Docker's config.json: `auths`, `credHelpers` per host and `credsStore` for all. The file is read again for each
 * look-up, as a login may change it; a file that is absent holds nothing, one that is broken is INVALID_CONFIG.
 */
export class DockerConfigFile implements CredentialSource {
  constructor(readonly file: string) {}

  async find(host: string, signal?: AbortSignal): Promise<{ auth: AuthConfig; source: string } | undefined> {
    const config = await this.#read();
    if (!config) return undefined;
    const isSame = (address: string) => credentialHost(address) === host.toLowerCase();
    // Docker Hub is stored under an address of its own.
    const serverUrl = host === 'registry-1.docker.io' ? 'https://index.docker.io/v1/' : host;
    const helper =
      Object.entries(config.credHelpers ?? {}).find(([address]) => isSame(address))?.[1] ?? config.credsStore;
    if (helper) {
      const auth = await askHelper(helper, serverUrl, signal);
      if (auth) return { auth, source: `docker-credential-${helper}, named in ${this.file}` };
    }
    const entry = Object.entries(config.auths ?? {}).find(([address]) => isSame(address))?.[1];
    if (!entry) return undefined;
    const { auth, username, password, identitytoken, registrytoken } = entry;
    return {
      auth: { auth, username, password, identityToken: identitytoken, registryToken: registrytoken },
      source: this.file,
    };
  }

  async #read(): Promise<DockerConfig | undefined> {
    let text: string;
    try {
      text = await readFile(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return JSON.parse(text) as DockerConfig;
    } catch (cause) {
      throw new SlipwayError('INVALID_CONFIG', `${this.file}${placeOf(cause, text)}: not valid JSON`, { cause });
    }
  }
}

/** `:<line>` of a JSON error, as far as it tells its position. */
function placeOf(error: unknown, text: string): string {
  const position = /position (\d+)/.exec((error as Error).message)?.[1];
  return position === undefined ? '' : `:${text.slice(0, Number(position)).split('\n').length}`;
}

/** Runs `docker-credential-<name> get` with the server's address on stdin. */
async function askHelper(name: string, serverUrl: string, signal?: AbortSignal): Promise<AuthConfig | undefined> {
  if (!/^[\w.-]+$/.test(name)) throw new SlipwayError('INVALID_CONFIG', `"${name}" is no credential helper's name`);
  const program = `docker-credential-${name}`;
  const { code, output } = await run(program, serverUrl, signal);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw new SlipwayError('REGISTRY_DENIED', `${program} failed for ${serverUrl}: ${output.trim().slice(0, 500)}`);
  }
  try {
    const { Username: username, Secret: secret } = JSON.parse(output) as { Username?: string; Secret?: string };
    if (!secret) return undefined;
    return username === tokenUser ? { identityToken: secret } : { username: username ?? '', password: secret };
  } catch (cause) {
    // The output holds a secret: it is kept out of the message, and the parser's error quotes it.
    throw new SlipwayError('REGISTRY_DENIED', `${program} answered something that is not JSON for ${serverUrl}`, {
      cause: (cause as Error).name,
    });
  }
}

async function run(program: string, input: string, signal?: AbortSignal): Promise<{ code: number; output: string }> {
  using limit = new Limit({ ms: helperTimeoutMs, signals: [signal] });
  return await new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      signal: limit.signal,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > helperOutputBytes) child.kill('SIGKILL');
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (cause) => {
      const reason = limit.expired ? `gave no answer within ${helperTimeoutMs / 1000} s` : cause.message;
      reject(new SlipwayError('REGISTRY_DENIED', `${program}: ${reason}`, { cause }));
    });
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
