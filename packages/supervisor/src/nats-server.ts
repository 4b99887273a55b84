import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { processRights } from '@slipway/capabilities';
import type { Logger } from '@slipway/telemetry';
import { isFree, lastingPort } from './free-port.js';
import { HubFiles, type NatsHub } from './hub-files.js';
import type { RoleKey } from './keys.js';
import { replaceFile } from './no-room.js';
import { permissionsOf } from './permissions.js';
import type { ProcessSpec } from './process-spec.js';
import { serverUser } from './server-user.js';

export interface NatsOptions {
  state: string;
  node: string;
  keys: readonly RoleKey[];
  maxPayloadBytes: number;
  hub?: NatsHub | undefined;
  log: Logger;
  /** Where it listens already, for the supervisor before in this process. */
  running?: string | undefined;
  /** Told of another URL: whoever was connected has to connect there. */
  moved?: ((url: string) => void) | undefined;
}

/**
 * The private NATS server of this node and where it listens: 127.0.0.1, a free port, keys only. It runs as a user of its
 * own (`processRights`), who gets copies of the hub's credentials and CA, which root may keep to itself. Where another program has
 * the port before a later start, the server gets another one, and `moved` is called. `reconfigured`: one that runs has to
 * read its configuration again (SIGHUP).
 */
export async function natsServer(
  options: NatsOptions,
): Promise<{ url: string; spec: ProcessSpec; reconfigured: boolean }> {
  const config = join(options.state, 'nats.conf');
  const server = serverUser(processRights.nats, [options.state], options.log);
  const files = options.hub && new HubFiles(options.hub, options.state, server, options.log);
  let port = 0;
  const text = (): string => natsConfig({ ...options, hub: files?.hub, listen: `127.0.0.1:${port}` });
  const settle = async (): Promise<void> => {
    port = await lastingPort();
    replaceFile(config, text(), server.gid);
  };
  files?.refresh();
  let reconfigured = false;
  if (options.running) {
    port = Number(new URL(options.running).port);
    reconfigured = readFileSync(config, 'utf8') !== text();
    if (reconfigured) replaceFile(config, text(), server.gid);
  } else {
    await settle();
  }
  return {
    url: urlOf(port),
    reconfigured,
    spec: {
      name: 'nats',
      command: 'nats-server',
      args: ['-c', config],
      logs: natsLine,
      rights: () => server.rights,
      needs: async () => {
        files?.refresh();
        if (await isFree(port)) return;
        await settle();
        options.moved?.(urlOf(port));
      },
      ready: () => greeting(port),
      alive: () => {
        // The server reads credentials at each connection to the hub: new ones are there for the next.
        files?.refresh();
        return greeting(port);
      },
    },
  };
}

function urlOf(port: number): string {
  return `nats://127.0.0.1:${port}`;
}

/**
 * The configuration file's text; see docs.nats.io, "Server configuration". Every user
 * has an nkey and a permission list, and whoever has no key gets nothing. A hub is joined
 * only for the account `site`, which the peer is in: no message of the node's own, and none
 * to its stages, can cross to the hub or come from there.
 */
export function natsConfig(options: {
  node: string;
  keys: readonly RoleKey[];
  /** address:port */
  listen: string;
  maxPayloadBytes: number;
  hub?: NatsHub | undefined;
}): string {
  const { hub } = options;
  const entry = ({ role, user }: RoleKey): string => {
    const { publish, subscribe } = permissionsOf(role, options.node);
    return `    # ${role}
    { nkey: ${user}, permissions: { publish: ${allow(publish)}, subscribe: ${allow(subscribe)} } }`;
  };
  const inSite = ({ role }: RoleKey): boolean => hub !== undefined && role === 'peer';
  return `# Written by Slipway; what is changed here is written over.
server_name: ${JSON.stringify(`slipway-${options.node}`)}
listen: ${JSON.stringify(options.listen)}
max_payload: ${options.maxPayloadBytes}
max_pending: ${options.maxPayloadBytes * 4}
# A process that died must not hold its queue group's share of calls for long.
ping_interval: "5s"
ping_max: 2
authorization {
  timeout: 60
  users: [
${options.keys
  .filter((key) => !inSite(key))
  .map(entry)
  .join('\n')}
  ]
}
${hub ? leafNode(hub, options.keys.filter(inSite).map(entry)) : ''}`;
}

function leafNode({ urls, credentials, ca }: NatsHub, users: readonly string[]): string {
  return `accounts {
  site: { users: [
${users.join('\n')}
  ] }
}
leafnodes {
  remotes: [ {
    urls: ${JSON.stringify(urls)}
    account: site
${credentials ? `    credentials: ${JSON.stringify(credentials)}\n` : ''}${ca ? `    tls: { ca_file: ${JSON.stringify(ca)} }\n` : ''}  } ]
}
`;
}

function allow(subjects: readonly string[]): string {
  return `{ allow: ${JSON.stringify(subjects)} }`;
}

/** Resolves when the server sends its INFO line; rejects when nobody listens. */
function greeting(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(5000, () => socket.destroy(new Error('no greeting')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      if (data.toString('latin1').startsWith('INFO ')) resolve();
      else reject(new Error('another program answers on this port'));
    });
  });
}

/** `[pid] date time [INF] text` as level and text. */
function natsLine(line: string): { level: 'debug' | 'warn' | 'error'; text: string } {
  const match = /\[(DBG|TRC|INF|WRN|ERR|FTL)\] (.*)$/.exec(line);
  const level = match?.[1] === 'WRN' ? 'warn' : match?.[1] === 'ERR' || match?.[1] === 'FTL' ? 'error' : 'debug';
  return { level, text: match?.[2] ?? line };
}
