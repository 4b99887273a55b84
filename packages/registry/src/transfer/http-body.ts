import { gunzipSync } from 'node:zlib';
import { connectionFault, HostFault } from '../fault.js';
import { retryAfterMs } from './retry.js';
import type { HttpResponse } from './http-response.js';
import { FlowWatch } from './watch.js';

const discardBytes = 64 * 1024;

/** How long the rest of a body that nobody needs is waited for, ms. */
const discardMs = 1000;

/**
 * Reads a small body. A longer one than `maxBytes` is a fault, and so is one that comes more slowly than the
 * client's limits allow: the same host is not asked again then, since it would cost the same time once more.
 */
export async function readBody(
  answer: HttpResponse,
  maxBytes: number,
  what: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  const host = answer.url.origin;
  const announced = Number(header(answer, 'content-length') ?? 0);
  const tooBig = () => {
    answer.body.destroy();
    return new HostFault('limit', host, `${what} is larger than the allowed ${maxBytes} bytes`);
  };
  if (announced > maxBytes) throw tooBig();
  const chunks: Buffer[] = [];
  let size = 0;
  let stalled: HostFault | undefined;
  const watch = new FlowWatch(answer.flow, (reason) => {
    stalled = new HostFault('unavailable', host, `${what}: ${reason}, after ${size} bytes`);
    answer.body.destroy(stalled);
  });
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      watch.received(chunk.length);
      size += chunk.length;
      if (size > maxBytes) throw tooBig();
      chunks.push(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw stalled ?? connectionFault(host, error);
  } finally {
    watch.stop();
  }
  return plainBytes(answer, Buffer.concat(chunks, size), maxBytes, what);
}

/** Some servers and proxies compress without having been asked (RFC 9110, 8.4). No document that is read here begins as gzip does. */
function plainBytes(answer: HttpResponse, bytes: Buffer, maxBytes: number, what: string): Buffer {
  if (!isGzipEncoded(answer) || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const large = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    const text = large ? `is larger than the allowed ${maxBytes} bytes` : `is damaged: ${(error as Error).message}`;
    throw new HostFault(large ? 'limit' : 'error', answer.url.origin, `${what} ${text}`, { cause: error });
  }
}

/** Whether the server says that it compressed the body for the transfer. */
export function isGzipEncoded(answer: HttpResponse): boolean {
  return ['gzip', 'x-gzip'].includes(header(answer, 'content-encoding')?.toLowerCase() ?? '');
}

/** Whether an answer holds all of a document: 200, or 206 of all of it, which some answer without having been asked for a range. */
export function isWhole(answer: HttpResponse): boolean {
  if (answer.status !== 206) return answer.status === 200;
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header(answer, 'content-range') ?? '');
  return !range || (range[1] === '0' && Number(range[2]) + 1 === Number(range[3]));
}

/** Reads a short rest of a body, so that the connection can be used again; a long rest ends the connection. */
export async function discard(answer: Pick<HttpResponse, 'body'>): Promise<void> {
  const late = setTimeout(() => answer.body.destroy(), discardMs);
  await answer.body.dump({ limit: discardBytes }).catch(() => {});
  clearTimeout(late);
}

/** A header's value. */
export function header(answer: HttpResponse, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

const errorBodyBytes = 64 * 1024;
/** The length to which a registry's own text is cut, characters. */
const maxSaid = 500;
/** How long a text that only explains an error may make no progress, ms. */
const errorBodyMs = 2000;

/**
 * An unsuccessful response as a fault. The fault has the body's text where it comes from the requested host (`speaker`, its
 * origin), because the text of a host elsewhere, after a redirect, does not belong into the puller's errors.
 */
export async function answerFault(
  answer: HttpResponse,
  what: string,
  speaker: string,
  signal?: AbortSignal,
): Promise<HostFault> {
  const flow = { ...answer.flow, noProgressMs: Math.min(errorBodyMs, answer.flow.noProgressMs) };
  const body = await readBody({ ...answer, flow }, errorBodyBytes, 'the error message', signal).catch(() =>
    Buffer.alloc(0),
  );
  signal?.throwIfAborted();
  const said = answer.url.origin === speaker ? printable(registryMessage(body)) : '';
  const status = answer.status;
  const host = answer.url.origin;
  const text = `${what}: ${status}${said ? ` ${said}` : ''}`;
  const wait = retryAfterMs(header(answer, 'retry-after'));
  if (status === 404 || status === 410)
    return new HostFault('missing', host, said ? `${what}: ${said}` : `${what}: not found`);
  if (status === 401 || status === 403) return new HostFault('denied', host, text);
  if (status === 429)
    return new HostFault('unavailable', host, `${text} (${tooMany(wait)})`, { retryable: true, retryAfterMs: wait });
  if (status >= 500) return new HostFault('unavailable', host, text, { retryable: status !== 501, retryAfterMs: wait });
  if (status === 408) return new HostFault('unavailable', host, text, { retryable: true, retryAfterMs: wait });
  return new HostFault('error', host, text);
}

function tooMany(waitMs: number | undefined): string {
  return `too many requests${waitMs === undefined ? '' : `, it asks to wait ${Math.ceil(waitMs / 1000)} s`}`;
}

/** The text of a registry's `errors` list (distribution-spec, "Error Codes") or of a token server's answer. */
function registryMessage(body: Buffer): string {
  try {
    const json = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    if (Array.isArray(json.errors)) {
      return json.errors
        .map((item: { code?: unknown; message?: unknown }) =>
          [item.code, item.message].filter((part) => typeof part === 'string' && part !== '').join(': '),
        )
        .join(', ');
    }
    const text = [json.error_description, json.details, json.message, json.error].find(
      (part) => typeof part === 'string',
    );
    return typeof text === 'string' ? text : '';
  } catch {
    const text = body.toString('utf8').trim();
    return text.length > 0 && text.length < 200 && !text.startsWith('<') ? text : '';
  }
}

/** Text from elsewhere on one line of bounded length, without control characters. */
function printable(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line.length > maxSaid ? `${line.slice(0, maxSaid)}…` : line;
}
