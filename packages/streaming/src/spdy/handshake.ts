import { acceptUpgrade, listHeader, refuseUpgrade, type Upgrade, wantedProtocol } from '../upgrade.js';
import { SpdySession, type SpdySessionOptions } from './session.js';

export const spdyProtocol = 'SPDY/3.1';
export const streamProtocolHeader = 'X-Stream-Protocol-Version';
const acceptedHeader = 'X-Accepted-Stream-Protocol-Versions';

export interface Handshake {
  session: SpdySession;
  protocol: string;
}

/**
 * Answers a SPDY upgrade as apimachinery's httpstream does: the first protocol of the client's list
 * that is `supported` wins and is named in the answer; no common version is 403 with the list of
 * ours; no list at all or another upgrade is 400. Undefined when it was refused.
 */
export function acceptSpdy(
  upgrade: Upgrade,
  supported: readonly string[],
  options: Omit<SpdySessionOptions, 'role'>,
): Handshake | undefined {
  if (wantedProtocol(upgrade.request) !== spdyProtocol.toLowerCase()) {
    refuseUpgrade(upgrade, 400, `unable to upgrade: Upgrade: ${spdyProtocol} or websocket is needed`);
    return undefined;
  }
  const offered = listHeader(upgrade.request.headers[streamProtocolHeader.toLowerCase()]);
  if (offered.length === 0) {
    refuseUpgrade(upgrade, 400, `unable to upgrade: ${streamProtocolHeader} is missing`);
    return undefined;
  }
  const protocol = offered.find((name) => supported.includes(name));
  if (protocol === undefined) {
    const text = `unable to upgrade: the client offers ${printable(offered)}, the server accepts ${supported.join(', ')}`;
    refuseUpgrade(
      upgrade,
      403,
      text,
      supported.map((name) => [acceptedHeader, name]),
    );
    return undefined;
  }
  const socket = acceptUpgrade(upgrade, spdyProtocol, [[streamProtocolHeader, protocol]]);
  return { session: new SpdySession(socket, { ...options, role: 'server' }), protocol };
}

function printable(names: string[]): string {
  return names
    .join(', ')
    .replaceAll(/[^ -~]/g, '?')
    .slice(0, 256);
}
