/**
 * The dictionary that both ends of a SPDY/3.1 session prime zlib with (SPDY Protocol,
 * Draft 3.1, section 2.6.10.1): words with a 32-bit length before each, in three
 * groups, then free text. Its Adler-32 is 0xe3c6a7c2, which zlib writes into the
 * first bytes of each compressed stream.
 */
const headerNames = [
  'options head post put delete trace',
  'accept accept-charset accept-encoding accept-language accept-ranges age allow authorization',
  'cache-control connection content-base content-encoding content-language content-length',
  'content-location content-md5 content-range content-type date etag expect expires from host',
  'if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location',
  'max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te',
  'trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status',
]
  .join(' ')
  .split(' ');

const words = [...headerNames, '200 OK', 'version', 'HTTP/1.1', 'url', 'public', 'set-cookie', 'keep-alive', 'origin'];

const text = [
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505',
  '203 Non-Authoritative Information',
  '204 No Content',
  '301 Moved Permanently',
  '400 Bad Request',
  '401 Unauthorized',
  '403 Forbidden',
  '404 Not Found',
  '500 Internal Server Error',
  '501 Not Implemented',
  '503 Service Unavailable',
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00',
  ' Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT',
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,',
  'text/plain,text/javascript,public',
  'privatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.',
].join('');

function withLength(word: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(word.length);
  return Buffer.concat([length, Buffer.from(word, 'latin1')]);
}

export const headerDictionary: Buffer = Buffer.concat([...words.map(withLength), Buffer.from(text, 'latin1')]);

/** Its Adler-32, by which a zlib stream says that it needs it (RFC 1950, section 2.2). */
export const headerDictionaryId = 0xe3c6a7c2;
