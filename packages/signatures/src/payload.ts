/** The part of a simple-signing payload that counts (containers-signature(5), "critical"). */
export interface Payload {
  /** critical.image.docker-manifest-digest */
  readonly manifestDigest: string;
  /** critical.identity.docker-reference; empty where the signer left it out. */
  readonly dockerReference: string;
}

/** critical.type of cosign's signatures (cosign SIGNATURE_SPEC, "Simple Signing"). */
const cosignType = 'cosign container image signature';

/** Reads a payload whose signature was already found good. @returns what is wrong with it, as text, or its content */
export function parsePayload(bytes: Uint8Array): Payload | string {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return 'its payload is not JSON';
  }
  const critical = member(json, 'critical');
  const type = member(critical, 'type');
  if (type !== cosignType) return `its payload's critical.type is ${JSON.stringify(type)}, not "${cosignType}"`;
  const manifestDigest = member(member(critical, 'image'), 'docker-manifest-digest');
  if (typeof manifestDigest !== 'string') return "its payload lacks critical.image's docker-manifest-digest";
  const dockerReference = member(member(critical, 'identity'), 'docker-reference') ?? '';
  if (typeof dockerReference !== 'string') return "its payload's docker-reference is not a string";
  return { manifestDigest, dockerReference };
}

/** An own member of a JSON object; of anything else there is none. */
function member(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
