/**
 * Versions of the remote command protocol (apimachinery pkg/util/remotecommand), newest first:
 * 2 half-closes stdin rightly, 3 brings the resize stream, 4 a status object as JSON on
 * the error stream, 5 the close signal that WebSocket lacks. On SPDY 5 is the same as 4.
 */
export const commandProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const;

/** WebSocket subprotocols; base64 ones carry text frames. Version 2 and 3 exist on SPDY only. */
export const commandSubprotocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
] as const;

export interface CommandFeatures {
  /** The error stream carries a Status object as JSON, a plain text otherwise. */
  statusObject: boolean;
  /** A terminal comes with a resize stream. */
  resize: boolean;
  /** The client can end a WebSocket channel. */
  closeSignal: boolean;
}

export function commandFeatures(protocol: string): CommandFeatures {
  const version = Number(/(?:^|\.)v(\d)\./.exec(protocol)?.[1] ?? 1);
  return { statusObject: version >= 4, resize: version >= 3, closeSignal: version >= 5 };
}
