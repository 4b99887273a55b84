/** How figures are written for people. All input is as the CRI has it: bytes, nanoseconds. */

const millisecond = 1_000_000n;

/** `1.5 MB`: powers of a thousand, two or three digits. */
export function bytes(value: bigint | number): string {
  let rest = Number(value);
  for (const unit of ['B', 'kB', 'MB', 'GB', 'TB']) {
    if (rest < 999.5 || unit === 'TB')
      return `${unit === 'B' || rest >= 99.95 ? rest.toFixed(0) : rest.toFixed(1)} ${unit}`;
    rest /= 1000;
  }
  return '';
}

/** A time in nanoseconds since the epoch, in ISO 8601 with milliseconds; empty for none. */
export function iso(nanoseconds: bigint): string {
  return nanoseconds === 0n ? '' : new Date(Number(nanoseconds / millisecond)).toISOString();
}

/** How long ago that was: `12s`, `5m`, `3h`, `40d`. */
export function age(nanoseconds: bigint, nowMs = Date.now()): string {
  const seconds = Math.max(0, Math.floor((nowMs - Number(nanoseconds / millisecond)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** The same of an ISO time. */
export function ageOf(isoTime: string, nowMs = Date.now()): string {
  return isoTime === '' ? '-' : age(BigInt(Date.parse(isoTime)) * millisecond, nowMs);
}

/** Ids are cut for people: a beginning is as good as the whole. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 13);
}
