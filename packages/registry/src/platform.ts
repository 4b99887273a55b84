/** A platform in normal form: `linux/arm64` has no variant, `linux/arm` has one. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}
