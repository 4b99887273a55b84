import { arch } from 'node:process';

/** A platform in normal form: `linux/arm64` has no variant, `linux/arm` has one. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const architectureNames: Record<string, string> = {
  x64: 'amd64',
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  ia32: '386',
  i386: '386',
  i686: '386',
  ppc64el: 'ppc64le',
};

/** This machine's platform in Go's names. */
export function hostPlatform(): Platform {
  return normalizePlatform({ os: 'linux', architecture: arch });
}

/** Brings aliases and default variants to one form (containerd platforms.Normalize). */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  let architecture = platform.architecture.toLowerCase();
  let variant = (platform.variant ?? '').toLowerCase();
  if (architecture === 'armhf') [architecture, variant] = ['arm', 'v7'];
  if (architecture === 'armel') [architecture, variant] = ['arm', 'v6'];
  architecture = architectureNames[architecture] ?? architecture;
  if (/^\d/.test(variant)) variant = `v${variant}`;
  if (architecture === 'arm' && variant === '') variant = 'v7';
  if (architecture === 'arm64' && variant === 'v8') variant = '';
  if (architecture === 'amd64' && variant === 'v1') variant = '';
  return { os, architecture, ...(variant === '' ? {} : { variant }) };
}

/** `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}

/** The platforms that this one can run, best first: older variants, then the 32-bit brother (containerd platforms.Only). */
export function runnablePlatforms(wanted: Platform): Platform[] {
  const { os, architecture, variant } = normalizePlatform(wanted);
  const descending = (arch: string, from: number, to: number) => {
    const out: Platform[] = [];
    for (let v = from; v >= to; v--) out.push(normalizePlatform({ os, architecture: arch, variant: `v${v}` }));
    return out;
  };
  const version = variant === undefined ? undefined : /^v(\d+)$/.exec(variant)?.[1];
  switch (architecture) {
    case 'amd64':
      return [...descending('amd64', Number(version ?? 1), 1), { os, architecture: '386' }];
    case 'arm':
      return version === undefined
        ? [{ os, architecture, variant: variant ?? 'v7' }]
        : descending('arm', Number(version), Math.min(5, Number(version)));
    case 'arm64':
      return [
        ...(variant === undefined ? [] : [{ os, architecture, variant }]),
        ...(version === undefined ? [] : descending('arm64', Number(version) - 1, 9)),
        { os, architecture: 'arm64' },
        ...descending('arm', 8, 5),
      ];
    default:
      return [{ os, architecture, ...(variant === undefined ? {} : { variant }) }];
  }
}

/** How well `offered` suits `wanted`: 0 is best, undefined is not at all. */
export function platformRank(wanted: Platform, offered: Platform): number | undefined {
  const name = formatPlatform(normalizePlatform(offered));
  const rank = runnablePlatforms(wanted).findIndex((platform) => formatPlatform(platform) === name);
  return rank < 0 ? undefined : rank;
}
