export {
  type Digest,
  type DigestAlgorithm,
  Digester,
  digestAlgorithm,
  digestFault,
  digestHex,
  digestOf,
  isDigest,
  matchesDigest,
  parseDigest,
} from './digest.js';
