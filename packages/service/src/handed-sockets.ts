/** Where the supervisor says which listening sockets a service has got: `<name>=<descriptor>`, separated by commas. */
const variable = 'SLIPWAY_LISTEN';

/** The variable of {@link handedSocket}, for who starts a service with these descriptors. */
export function handedSockets(sockets: ReadonlyMap<string, number>): Record<string, string> {
  return sockets.size === 0 ? {} : { [variable]: [...sockets].map(([name, fd]) => `${name}=${fd}`).join(',') };
}

/**
 * The descriptor of a listening socket that this process has got from its supervisor, which keeps the socket open; undefined
 * where there is none, as in a service that was started by hand: it listens by itself then.
 */
export function handedSocket(name: string, env: NodeJS.ProcessEnv = process.env): number | undefined {
  const entry = (env[variable] ?? '').split(',').find((word) => word.startsWith(`${name}=`));
  const fd = Number(entry?.slice(name.length + 1));
  return entry !== undefined && Number.isInteger(fd) && fd > 2 ? fd : undefined;
}
