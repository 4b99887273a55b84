import type { Digest } from '@slipway/digest';
import { parseReference, RegistryClient } from '../../src/index.js';

/** A process of its own that downloads one blob, to be killed: host, digest, size, path. */
const [host = '', digest = '', size = '', path = ''] = process.argv.slice(2);
const client = new RegistryClient({ backoffMs: 10 });
const { fetched } = await client.downloadBlob(
  { mediaType: '', digest: digest as Digest, size: Number(size) },
  {
    reference: parseReference(`${host}/app:v1`),
    path,
    ranges: { parallel: 4, pieceBytes: 4 * 1024 * 1024 },
    onProgress: ({ bytes }) => process.send?.({ bytes }),
  },
);
process.send?.({ fetched });
await client.close();
process.disconnect();
