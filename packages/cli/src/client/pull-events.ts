import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PullProgress } from '@slipway/contracts';
import type { Settings } from '@slipway/config';
import { readUpState } from '../supervisor/state-file.js';

/** Listens to what the node's pullers tell, with the operator's key; does nothing where there is none. */
export async function watchPulls(
  settings: Settings,
  onProgress: (progress: PullProgress) => void,
): Promise<{ close(): Promise<void> }> {
  const servers = settings.nats.url || readUpState(settings.state)?.nats;
  const key = settings.nats.nkeyFile || join(settings.state, 'keys/operator.nk');
  if (!servers || !existsSync(key)) return { close: () => Promise.resolve() };
  const { connect, nkeyAuthenticator } = await import('nats');
  const connection = await connect({
    servers,
    authenticator: nkeyAuthenticator(Buffer.from(readFileSync(key, 'ascii').trim())),
    inboxPrefix: '_INBOX_operator',
    name: 'pull',
    timeout: 2000,
  });
  connection.subscribe(`slipway.${settings.node}.events.pull`, {
    callback: (error, message) => {
      if (!error) onProgress(PullProgress.decode(message.data));
    },
  });
  await connection.flush();
  return { close: () => connection.close() };
}
