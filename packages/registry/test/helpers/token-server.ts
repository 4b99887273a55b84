import { createSign, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Scope } from './temp.js';

export interface TokenRequest {
  readonly method: string;
  readonly parameters: URLSearchParams;
  readonly authorization: string | undefined;
}

export interface TokenServer {
  readonly url: string;
  readonly seen: TokenRequest[];
  /** Decides on a request: what is granted, or a status to refuse with. */
  decide: (request: TokenRequest) => { token?: string; expiresIn?: number; status?: number };
}

/** A token server on loopback; by default it grants whatever is asked with the token `granted`. */
export async function startTokenServer(scope: Scope): Promise<TokenServer> {
  const seen: TokenRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const parameters =
      request.method === 'POST' ? new URLSearchParams(body) : new URL(request.url ?? '', 'http://x').searchParams;
    const one = { method: request.method ?? '', parameters, authorization: request.headers.authorization };
    seen.push(one);
    const { token, expiresIn, status = 200 } = state.decide(one);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        status === 200 ? { token, expires_in: expiresIn ?? 300 } : { details: 'incorrect username or password' },
      ),
    );
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  scope.after(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as { port: number };
  const state: TokenServer = { url: `http://127.0.0.1:${port}/token`, seen, decide: () => ({ token: 'granted' }) };
  return state;
}

/** A JSON web token that Debian's registry accepts: signed with the key whose certificate it was given. */
export function signToken(
  scope: string,
  certificateFile: string,
  keyFile: string,
  issuer: string,
  audience: string,
): string {
  const der = readFileSync(certificateFile, 'utf8').replace(/-----[^-]+-----|\s/g, '');
  const now = Math.floor(Date.now() / 1000);
  const [type = '', name = '', actions = ''] = scope.split(':');
  const head = part({ typ: 'JWT', alg: 'RS256', x5c: [der] });
  const claims = part({
    iss: issuer,
    sub: 'tester',
    aud: audience,
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access: [{ type, name, actions: actions.split(',') }],
  });
  const signature = createSign('RSA-SHA256').update(`${head}.${claims}`).sign(readFileSync(keyFile, 'utf8'));
  return `${head}.${claims}.${signature.toString('base64url')}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
