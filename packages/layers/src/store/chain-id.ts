import { createHash } from 'node:crypto';

/**
 * The chain id after each layer (OCI image spec, config.md, "Layer ChainID"):
 * the first is the diffID itself, each next is sha256(previous + ' ' + diffID).
 */
export function chainIDs(diffIDs: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffID of diffIDs) {
    const parent = chain.at(-1);
    chain.push(
      parent === undefined ? diffID : `sha256:${createHash('sha256').update(`${parent} ${diffID}`).digest('hex')}`,
    );
  }
  return chain;
}
